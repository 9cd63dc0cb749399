// Brings messages into the session of an agent at work, where its tool takes input while it runs. One that is there when the turn ends stays
// unseen, and comes with the next look at the task, as all do for other tools.

import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogWriter, Message } from '@agentcom/schemas';
import { codeOf, writeDurably } from '@agentcom/schemas/host';
import type { Mailbox } from './agent-api/mailbox.js';
import { type AttemptId, idOf } from './core/attempt.js';
import type { Job } from './core/job-model.js';
import { isTaken } from './runners/given-messages.js';
import { KINDS } from './runners/kinds/index.js';
import { runPaths, turnDir } from './runners/run-files.js';

export interface SessionMessagesParts {
  readonly mailbox: Pick<Mailbox, 'unseen' | 'seen'>;
  readonly dirOf: (attempt: AttemptId) => string;
  readonly log: LogWriter;
}

export class SessionMessages {
  readonly #parts: SessionMessagesParts;
  #job: Job | null = null;
  #giving: Promise<void> = Promise.resolve();

  constructor(parts: SessionMessagesParts) {
    this.#parts = parts;
  }

  /** As the job is now. */
  follow(job: Job | null): void {
    this.#job = job;
    this.arrived();
  }

  /** There may be a new message, or one that was taken. */
  arrived(): void {
    const job = this.#job;
    if (job === null || job.phase !== 'running' || KINDS.get(job.runner.kind)?.said === undefined) return;
    this.#giving = this.#giving
      .then(() => this.#give(runPaths(turnDir(this.#parts.dirOf(idOf(job)), job.turn.number)).messages))
      .catch((error: unknown) => this.#parts.log.warn({ err: error }, 'a message could not be given to the agent'));
  }

  /** Resolves when what came so far has been given. */
  settled(): Promise<void> {
    return this.#giving;
  }

  async #give(dir: string): Promise<void> {
    const { mailbox } = this.#parts;
    const unseen = mailbox.unseen();
    if (unseen.length === 0 || !(await made(dir))) return;
    const names = await readdir(dir);
    await mailbox.seen(unseen.filter(({ messageId }) => isTaken(names, messageId)));
    for (const message of unseen) {
      const { messageId } = message;
      if (!isTaken(names, messageId) && !names.includes(messageId)) {
        await writeDurably(join(dir, messageId), saying(message));
      }
    }
  }
}

/** False when the turn has no directory yet. */
async function made(dir: string): Promise<boolean> {
  try {
    await mkdir(dir, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  return true;
}

function saying({ messageId, from, to, body }: Message): string {
  if (from === 'hub') return `The hub says while you work (${messageId}):\n\n${body}`;
  const where = to.startsWith('channel:') ? ` in ${to}` : '';
  return `A message from ${from}${where} (${messageId}) has come while you work. It does not change your task; take it into account if it helps.\n\n${body}`;
}

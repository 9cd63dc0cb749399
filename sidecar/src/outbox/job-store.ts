// The sidecar's memory: one directory for each job, with its record (the reports that wait for their answer among it) and its
// files. A job is forgotten by one move of its directory, into `trash` or, when it holds work that is nowhere else, into `kept`; what a
// later attempt at its task needs to know is kept before.

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, makePrivateDirectory, renameDurably, writeDurably } from '@agentcom/schemas/host';
import { type AttemptId, idOf } from '../core/attempt.js';
import type { Job, PreviousAttempt } from '../core/job-model.js';
import { carryOver } from '../core/previous-attempt.js';
import { formatRecord, parseRecord } from './record.js';
import { Sessions } from './sessions.js';

const RECORD = 'job.json';

/** A record that could not be read, and where its directory was put. */
export interface SetAside {
  readonly name: string;
  readonly movedTo: string;
  readonly reason: string;
}

export interface Discarded {
  readonly dir: string;
  readonly job: Job | null;
}

export class JobStore {
  readonly #jobs: string;
  readonly #kept: string;
  readonly #trash: string;
  readonly #sessions: Sessions;

  constructor(stateDir: string) {
    this.#sessions = new Sessions(stateDir);
    this.#jobs = join(stateDir, 'jobs');
    this.#kept = join(stateDir, 'kept');
    this.#trash = join(stateDir, 'trash');
  }

  dirOf(attempt: AttemptId): string {
    return join(this.#jobs, nameOf(attempt));
  }

  /**
   * The job that was held when the sidecar last ended, or null. Whatever else is found is set aside, never deleted unread. Its agent may
   * still be at work: `halt` ends it before its directory is moved. Rejects when that fails.
   */
  async open(halt: (attempt: AttemptId) => Promise<void>): Promise<{ job: Job | null; setAside: SetAside[] }> {
    for (const dir of [this.#jobs, this.#kept, this.#trash]) await makePrivateDirectory(dir);
    await this.#sessions.open();
    const found: { name: string; job: Job; writtenAtMs: number }[] = [];
    const setAside: SetAside[] = [];
    const aside = async (name: string, reason: string): Promise<SetAside> => {
      return { name, movedTo: await this.#putAway(name, this.#kept, halt), reason };
    };
    for (const name of await readdir(this.#jobs)) {
      const path = join(this.#jobs, name, RECORD);
      try {
        const text = await readFile(path, 'utf8');
        found.push({ name, job: parseRecord(text), writtenAtMs: (await stat(path)).mtimeMs });
      } catch (error) {
        if (codeOf(error) === 'ENOENT') await this.#putAway(name, this.#trash, halt);
        else setAside.push(await aside(name, error instanceof Error ? error.message : String(error)));
      }
    }
    found.sort((a, b) => b.writtenAtMs - a.writtenAtMs);
    for (const { name } of found.slice(1)) setAside.push(await aside(name, 'a newer job was found beside it'));
    return { job: found[0]?.job ?? null, setAside };
  }

  /** What the last attempt here at the task left; null when there was none. */
  previous(task: string): PreviousAttempt | null {
    return this.#sessions.of(task);
  }

  /** When this resolves, the record survives a crash. */
  async persist(job: Job): Promise<void> {
    const dir = this.dirOf(idOf(job));
    await makePrivateDirectory(dir);
    await writeDurably(join(dir, RECORD), formatRecord(job));
  }

  /** When this resolves, no start will find the job again. Returns where its files are now. */
  async forget(job: Job, keepFiles: boolean): Promise<string> {
    const name = nameOf(idOf(job));
    await this.#sessions.keep(job.task.id, carryOver(job));
    try {
      return await this.#move(name, keepFiles ? this.#kept : this.#trash);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return join(this.#trash, name);
      throw error;
    }
  }

  /** Directories that nobody needs any more, with the job each belonged to where that can be read. */
  async discarded(): Promise<Discarded[]> {
    const names = await readdir(this.#trash);
    return Promise.all(
      names.map(async (name) => {
        const dir = join(this.#trash, name);
        const job = await readFile(join(dir, RECORD), 'utf8')
          .then(parseRecord)
          .catch(() => null);
        return { dir, job };
      }),
    );
  }

  async #putAway(name: string, into: string, halt: (attempt: AttemptId) => Promise<void>): Promise<string> {
    const attempt = attemptOf(name);
    if (attempt !== null) await halt(attempt);
    return this.#move(name, into);
  }

  /** Under a name of its own, since the same attempt may have been put there before. */
  async #move(name: string, into: string): Promise<string> {
    const taken = new Set(await readdir(into));
    let free = name;
    for (let n = 2; taken.has(free); n += 1) free = `${name}.${n}`;
    const target = join(into, free);
    await renameDurably(join(this.#jobs, name), target);
    return target;
  }
}

function nameOf({ task, generation }: AttemptId): string {
  return `${task}-g${generation}`;
}

/** Null for what no attempt is named like. */
function attemptOf(name: string): AttemptId | null {
  const [, task, generation] = /^(.+)-g([1-9]\d{0,15})$/.exec(name) ?? [];
  return task === undefined ? null : { task, generation: Number(generation) };
}

// Where the agent of the running attempt reports, asks and submits. One socket for each attempt, there while it runs; requests are
// bounded, checked and masked here, and decided by the job.

import { lutimes, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { removeEmptyDirectory } from '@agentcom/schemas/host';
import { type AttemptId, sameAttempt } from '../core/attempt.js';
import { sharedFilesOf, socketDir, socketPath } from '../host/agent-socket-path.js';
import { removeTree } from '../host/remove-tree.js';
import type { UserAccess } from '../host/user-access.js';
import { LineServer } from './line-server.js';
import { type RequestParts, Requests } from './requests.js';

export interface AgentApiParts extends RequestParts {
  readonly stateDir: string;
  /** As whom agents run, when that is another user. */
  readonly access?: UserAccess;
}

const RETRY_MS = 5_000;

export class AgentApi {
  readonly #parts: AgentApiParts;
  #wanted: AttemptId | null = null;
  #open: { readonly attempt: AttemptId; readonly server: LineServer } | null = null;
  #changing: Promise<void> = Promise.resolve();
  #retry: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(parts: AgentApiParts) {
    this.#parts = parts;
  }

  /** Removes what a sidecar that died has left, but the files of the attempt in hand: its agent may go on. */
  async start(held: AttemptId | null): Promise<void> {
    const { stateDir } = this.#parts;
    const dir = socketDir(stateDir);
    const kept = held === null ? null : basename(sharedFilesOf(socketPath(stateDir, held)));
    for (const name of await readdir(dir).catch(() => [])) {
      if (name.endsWith('.sock')) await rm(join(dir, name), { force: true });
      if (name.endsWith('.files') && name !== kept) await removeTree(join(dir, name));
    }
  }

  /** Serves the agent of this attempt, and no other; null for nobody. */
  serve(attempt: AttemptId | null): void {
    if (this.#isStopped || isSame(attempt, this.#wanted)) return;
    this.#wanted = attempt;
    this.#change();
  }

  /** Resolves when what was wanted last has been tried. */
  settled(): Promise<void> {
    return this.#changing;
  }

  async stop(): Promise<void> {
    this.serve(null);
    this.#isStopped = true;
    clearTimeout(this.#retry);
    await this.#changing;
    await removeEmptyDirectory(socketDir(this.#parts.stateDir));
  }

  #change(): void {
    clearTimeout(this.#retry);
    this.#changing = this.#changing
      .then(() => this.#follow())
      .catch((error: unknown) => {
        this.#parts.log.error({ err: error }, 'the agent cannot reach its sidecar; retrying');
        if (!this.#isStopped) this.#retry = setTimeout(() => this.#change(), RETRY_MS);
      });
  }

  async #follow(): Promise<void> {
    const wanted = this.#wanted;
    if (isSame(this.#open?.attempt ?? null, wanted)) return;
    const former = this.#open;
    this.#open = null;
    await former?.server.close();
    if (wanted === null) return;
    const requests = new Requests(wanted, this.#parts);
    const path = socketPath(this.#parts.stateDir, wanted);
    const answer = (line: Buffer) => {
      void touch(path);
      return requests.answer(line);
    };
    const server = await LineServer.listen(path, answer, (await this.#parts.access?.user())?.gid);
    this.#open = { attempt: wanted, server };
  }
}

/** By the time of the socket's file the supervisor of the turn sees that the agent is active. */
async function touch(path: string): Promise<void> {
  const now = new Date();
  // Whoever closes the socket removes it.
  await lutimes(path, now, now).catch(() => undefined);
}

function isSame(a: AttemptId | null, b: AttemptId | null): boolean {
  return a === null || b === null ? a === b : sameAttempt(a, b);
}

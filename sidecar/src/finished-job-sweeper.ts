// Removes what forgotten jobs leave behind, one after the other and in the background. What fails is tried again at the next
// chance; what is still read from is left for whoever reads there to wake it.

import { rm } from 'node:fs/promises';
import type { LogWriter } from '@agentcom/schemas';
import { type AttemptId, idOf } from './core/attempt.js';
import type { GitWorkspaces } from './git/workspaces.js';
import type { JobStore } from './outbox/job-store.js';

export class FinishedJobSweeper {
  readonly #stopping = new AbortController();
  #isWanted = false;
  #isWorking = false;
  #worked: Promise<void> = Promise.resolve();

  constructor(
    readonly store: JobStore,
    readonly workspaces: GitWorkspaces,
    /** Whether the output of an attempt is still being sent from its directory. */
    readonly isSending: (attempt: AttemptId) => boolean,
    readonly log: LogWriter,
  ) {}

  /** Something may be there to remove. */
  wake(): void {
    this.#isWanted = true;
    if (!this.#isWorking) this.#worked = this.#work();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the sidecar is stopping'));
    await this.#worked;
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    while (this.#isWanted && !this.#stopping.signal.aborted) {
      this.#isWanted = false;
      await this.#removeAll(this.#stopping.signal);
    }
    this.#isWorking = false;
  }

  async #removeAll(signal: AbortSignal): Promise<void> {
    const discarded = await this.store.discarded().catch((error: unknown) => {
      this.log.warn({ err: error }, 'cannot list finished jobs');
      return [];
    });
    for (const { dir, job } of discarded) {
      try {
        signal.throwIfAborted();
        if (job !== null && this.isSending(idOf(job))) continue;
        if (job !== null) await this.workspaces.dispose(job, signal);
        await rm(dir, { recursive: true, force: true });
      } catch (error) {
        if (signal.aborted) return;
        this.log.warn({ err: error, dir }, 'cannot remove a finished job yet; retrying later');
      }
    }
  }
}

// Clears cached repositories and forgotten worktrees away, a minute after the start and then every hour.

import type { LogWriter } from '@agentcom/schemas';
import type { SidecarConfig } from './config.js';
import type { GitWorkspaces } from './git/workspaces.js';

const FIRST_MS = 60_000;
const EVERY_MS = 3_600_000;

export interface RepositoryCacheGcParts {
  readonly workspaces: GitWorkspaces;
  readonly git: SidecarConfig['git'];
  /** Tasks that are worked on or about to be. */
  readonly held: () => readonly string[];
  /** Tasks whose record is gone and whose files are still to be put away. */
  readonly discarded: () => Promise<readonly string[]>;
  readonly log: LogWriter;
}

export class RepositoryCacheGc {
  readonly #parts: RepositoryCacheGcParts;
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #collected: Promise<void> = Promise.resolve();

  constructor(parts: RepositoryCacheGcParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#after(FIRST_MS);
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the sidecar is stopping'));
    clearTimeout(this.#timer);
    await this.#collected;
  }

  #after(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#collected = this.#collect().then(() => {
        if (!this.#stopping.signal.aborted) this.#after(EVERY_MS);
      });
    }, ms);
  }

  async #collect(): Promise<void> {
    const { workspaces, git, held, discarded, log } = this.#parts;
    const { signal } = this.#stopping;
    try {
      // What is held at the beginning may be discarded before the end.
      const inUse = [...held(), ...(await discarded())];
      const { keepSeconds, minFreeDiskBytes } = git;
      const limits = { keepSeconds, minFreeDiskBytes, now: Date.now(), inUse: () => new Set([...inUse, ...held()]) };
      const { removed, kept } = await workspaces.collectGarbage(limits, signal);
      if (removed.length > 0) log.info({ removed }, 'removed cached repositories and worktrees');
      if (kept.length > 0) log.info({ kept }, 'kept cached repositories and worktrees that are due for removal');
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'cannot remove cached repositories; retrying in an hour');
    }
  }
}

// Loads the lines that are in sight and not here, one request at a time: of what was passed by in the meantime, nothing.

import { call } from '../../../api/client.js';
import { toApiError } from '../../../api/problem.js';
import type { LogWindow } from './log-window.js';
import { retryMs } from './retry.js';

/** Between two requests at least: the hub takes some ten a second of one person. */
const PAUSE_MS = 120;

interface LoaderParts {
  readonly id: string;
  readonly generation: number;
  readonly log: LogWindow;
  readonly onLoaded: () => void;
  readonly onFailed: (isLost: boolean) => void;
}

export class LineLoader {
  #sight = { first: 1, last: 0 };
  #isLoading = false;
  readonly #leaving = new AbortController();

  constructor(private readonly parts: LoaderParts) {}

  see(first: number, last: number): void {
    this.#sight = { first, last };
    if (!this.#isLoading) void this.#load();
  }

  leave(): void {
    this.#leaving.abort();
  }

  async #load(): Promise<void> {
    const { log, id, generation, onLoaded, onFailed } = this.parts;
    const { signal } = this.#leaving;
    this.#isLoading = true;
    while (!signal.aborted) {
      const gap = log.see(this.#sight.first, this.#sight.last);
      if (gap === undefined) break;
      try {
        const answer = await call('task.lines', { path: { id }, query: { generation, ...gap }, signal });
        log.put(answer);
        onFailed(false);
        onLoaded();
        // Removed meanwhile, at the hub: the next look at the end of the log sees that.
        if (answer.items.length === 0 && answer.counted) break;
        await pause(PAUSE_MS);
      } catch (error) {
        if (signal.aborted) break;
        onFailed(true);
        const again = retryMs(toApiError(error));
        if (again === undefined) break;
        await pause(again);
      }
    }
    this.#isLoading = false;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

// A file that holds the newest of what changes often: written at most once a second. What is not written when its process ends is of no
// interest any more.

import { rename, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 1_000;

export class NewestFile {
  readonly #path: string;
  #waiting: string | undefined;
  #isWriting = false;

  constructor(path: string) {
    this.#path = path;
  }

  put(text: string): void {
    this.#waiting = text;
    // What cannot be written is lost; the next one may do better.
    if (!this.#isWriting) void this.#writeAll().catch(() => undefined);
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    try {
      while (this.#waiting !== undefined) {
        const newest = this.#waiting;
        this.#waiting = undefined;
        const temporary = `${this.#path}.new`;
        await writeFile(temporary, newest, { mode: 0o600 });
        await rename(temporary, this.#path);
        await sleep(EVERY_MS, undefined, { ref: false });
      }
    } finally {
      this.#isWriting = false;
    }
  }
}

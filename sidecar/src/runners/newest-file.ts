// A file that holds the newest of what changes often: written at most once a second. What is not written when its process ends is of no
// interest any more.

import { rename, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { WRITE_OWN } from '../host/own-file.js';

const EVERY_MS = 1_000;

export class NewestFile {
  readonly #path: string;
  #waiting: object | undefined;
  #isWriting = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** `record`: made into JSON when it is written; it must not change. */
  put(record: object): void {
    this.#waiting = record;
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
        await writeFile(temporary, JSON.stringify(newest), { mode: 0o600, flag: WRITE_OWN });
        await rename(temporary, this.#path);
        await sleep(EVERY_MS, undefined, { ref: false });
      }
    } finally {
      this.#isWriting = false;
    }
  }
}

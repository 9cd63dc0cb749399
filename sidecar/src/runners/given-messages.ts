// Messages for the agent of a turn that runs: the sidecar puts each into a file named after it, and the shim takes it up once it can say it to the
// tool. A file that was taken keeps its place under another name, so that neither gives it again, whichever of the two is started anew.

import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';

const LOOK_EVERY_MS = 1_000;
const TAKEN = '.taken';
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function isTaken(names: readonly string[], messageId: string): boolean {
  return names.includes(`${messageId}${TAKEN}`);
}

export class GivenMessages {
  #lookAt = 0;

  constructor(private readonly dir: string) {}

  /** The texts of those that have come since, oldest first. `now`: monotonic, ms. */
  take(now: number): readonly string[] {
    if (now < this.#lookAt) return [];
    this.#lookAt = now + LOOK_EVERY_MS;
    return this.#names().flatMap((name) => this.#taken(join(this.dir, name)));
  }

  /** Their ids grow with time. */
  #names(): readonly string[] {
    try {
      return readdirSync(this.dir)
        .filter((name) => ID.test(name))
        .sort();
    } catch {
      return [];
    }
  }

  /** What cannot be taken now can be later. */
  #taken(path: string): readonly string[] {
    try {
      const text = readFileSync(path, 'utf8');
      renameSync(path, `${path}${TAKEN}`);
      return [text];
    } catch {
      return [];
    }
  }
}

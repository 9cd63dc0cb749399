// What attempts leave to later ones at the same task, one small file for each task: its session and where its work was kept. Held in
// memory, since it is asked for while an offer is being decided; only the newest are kept.

import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateDirectory, writeDurably } from '@agentcom/schemas/host';
import type { PreviousAttempt } from '../core/job-model.js';

const KEPT_MAX = 200;
const VERSION = 1;
const SUFFIX = '.json';

export class Sessions {
  readonly #dir: string;
  /** Oldest first. */
  readonly #known = new Map<string, PreviousAttempt>();

  constructor(stateDir: string) {
    this.#dir = join(stateDir, 'sessions');
  }

  /** Reads what was kept. A file that cannot be read is removed: without it the next attempt only begins with less. */
  async open(): Promise<void> {
    await makePrivateDirectory(this.#dir);
    const found: { task: string; previous: PreviousAttempt | null; writtenAtMs: number }[] = [];
    for (const name of await readdir(this.#dir)) {
      const path = join(this.#dir, name);
      const previous = name.endsWith(SUFFIX) ? parse(await readFile(path, 'utf8')) : null;
      found.push({ task: name.slice(0, -SUFFIX.length), previous, writtenAtMs: (await stat(path)).mtimeMs });
      if (previous === null) await rm(path, { force: true });
    }
    found.sort((a, b) => a.writtenAtMs - b.writtenAtMs);
    for (const { task, previous } of found) if (previous !== null) this.#known.set(task, previous);
    await this.#dropOldest();
  }

  of(task: string): PreviousAttempt | null {
    return this.#known.get(task) ?? null;
  }

  /** When this resolves, it survives a crash; with null there is nothing to know of the task any more. */
  async keep(task: string, previous: PreviousAttempt | null): Promise<void> {
    if (previous === null) {
      this.#known.delete(task);
      return rm(this.#pathOf(task), { force: true });
    }
    await writeDurably(this.#pathOf(task), JSON.stringify({ version: VERSION, previous }));
    // At the end of the order again, being the newest.
    this.#known.delete(task);
    this.#known.set(task, previous);
    await this.#dropOldest();
  }

  async #dropOldest(): Promise<void> {
    const [...tasks] = this.#known.keys();
    for (const task of tasks.slice(0, Math.max(0, tasks.length - KEPT_MAX))) await this.keep(task, null);
  }

  #pathOf(task: string): string {
    return join(this.#dir, `${task}${SUFFIX}`);
  }
}

/** It was written by this program and moved into place whole, so only its frame is looked at. */
function parse(text: string): PreviousAttempt | null {
  try {
    const record: { readonly version?: unknown; readonly previous?: Partial<PreviousAttempt> } = JSON.parse(text);
    if (record.version !== VERSION || record.previous?.session === undefined) return null;
    return record.previous.salvageRef === undefined ? null : (record.previous as PreviousAttempt);
  } catch {
    return null;
  }
}

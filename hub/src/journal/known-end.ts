// The highest acknowledged end of the journal, kept in a small file outside the store, so that a store which has lost
// its newest part without a word is noticed at the next start.

import { readFile, rm } from 'node:fs/promises';
import { codeOf, writeDurably } from '@agentcom/schemas/host';
import type { Tip } from '../coordinator/ports.js';

/** Written no more often than this; a lost write only makes the check weaker. */
const WRITE_EVERY_MS = 1_000;

export class KnownEnd {
  #tip: Tip | null;
  #written: Tip | null;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly file: string,
    tip: Tip | null,
    private readonly onFailed: (error: unknown) => void,
  ) {
    this.#tip = tip;
    this.#written = tip;
  }

  /** Reads `file` if it exists. Throws when it is there and is not a known end. `onFailed` hears of writes that failed later. */
  static async open(file: string, onFailed: (error: unknown) => void): Promise<KnownEnd> {
    return new KnownEnd(file, await read(file), onFailed);
  }

  get tip(): Tip | null {
    return this.#tip;
  }

  /** Remembers an acknowledged end; writes it soon. */
  note(tip: Tip): void {
    this.#tip = tip;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.flush().catch(this.onFailed);
    }, WRITE_EVERY_MS).unref();
  }

  /** Writes what is not written yet; call before the process ends. */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#write());
    return this.#writing;
  }

  /** Forgets what was known and takes `tip` instead, at once; null removes the file. */
  async reset(tip: Tip | null): Promise<void> {
    this.#tip = tip;
    if (tip !== null) return this.flush();
    await this.flush();
    await rm(this.file, { force: true });
  }

  async #write(): Promise<void> {
    const tip = this.#tip;
    if (tip === null || tip === this.#written) return;
    await writeDurably(this.file, `${JSON.stringify({ journal: tip.journal, seq: tip.seq, hash: tip.hash })}\n`);
    this.#written = tip;
  }
}

async function read(file: string): Promise<Tip | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
  const tip = parse(text);
  if (tip === null) throw new Error(`${file} is damaged; remove it to start without its check of the journal's end`);
  return tip;
}

function parse(text: string): Tip | null {
  try {
    const { journal, seq, hash } = JSON.parse(text) as Partial<Tip>;
    return typeof journal === 'string' && typeof seq === 'number' && typeof hash === 'string'
      ? { journal, seq, hash }
      : null;
  } catch {
    return null;
  }
}

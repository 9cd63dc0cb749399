// The highest acknowledged end of the journal, kept in a small file outside the store, so that a store which has lost
// its newest part without a word is noticed at the next start.

import { readFile, rm } from 'node:fs/promises';
import { codeOf, writeDurably } from '@agentcom/schemas/host';
import type { JournalHead } from '../../coordinator/ports.js';

/** Written no more often than this; a lost write only makes the check weaker. */
const WRITE_EVERY_MS = 1_000;

export class HeadRecord {
  #head: JournalHead | null;
  #written: JournalHead | null;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly file: string,
    head: JournalHead | null,
    private readonly onFailed: (error: unknown) => void,
  ) {
    this.#head = head;
    this.#written = head;
  }

  /** Reads `file` if it exists. Throws when it is there and is not a known end. `onFailed` hears of writes that failed later. */
  static async open(file: string, onFailed: (error: unknown) => void): Promise<HeadRecord> {
    return new HeadRecord(file, await read(file), onFailed);
  }

  get head(): JournalHead | null {
    return this.#head;
  }

  /** Remembers an acknowledged end; writes it soon. */
  note(head: JournalHead): void {
    this.#head = head;
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

  /** Forgets what was known and takes `head` instead, at once; null removes the file. */
  async reset(head: JournalHead | null): Promise<void> {
    this.#head = head;
    if (head !== null) return this.flush();
    await this.flush();
    await rm(this.file, { force: true });
  }

  async #write(): Promise<void> {
    const head = this.#head;
    if (head === null || head === this.#written) return;
    await writeDurably(this.file, `${JSON.stringify({ journal: head.journal, seq: head.seq, hash: head.hash })}\n`);
    this.#written = head;
  }
}

async function read(file: string): Promise<JournalHead | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
  const head = parse(text);
  if (head === null)
    throw new Error(`${file} is damaged; remove it to start without checking the journal's end against it`);
  return head;
}

function parse(text: string): JournalHead | null {
  try {
    const { journal, seq, hash } = JSON.parse(text) as Partial<JournalHead>;
    return typeof journal === 'string' && typeof seq === 'number' && typeof hash === 'string'
      ? { journal, seq, hash }
      : null;
  } catch {
    return null;
  }
}

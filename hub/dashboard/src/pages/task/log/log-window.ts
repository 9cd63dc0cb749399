// The lines of a log that a page has: those around what was in sight of late, and the end as it comes. Bounded, however long the log is. Pure.

import type { OutputLines, OutputPiece } from '@agentcom/schemas';
import { LineReader, type TextLine } from '@agentcom/schemas/output-lines';
import { carriedAfter } from '@agentcom/schemas/terminal-text';

export interface ShownLine extends Omit<TextLine, 'line'> {
  /** Codes of the colours that go on from the line before. */
  readonly carried: string;
}

export interface WindowBounds {
  /** Lines that are kept and let go of together, and that are asked for together. */
  readonly blockLines: number;
  readonly blocks: number;
  readonly chars: number;
}

const BOUNDS: WindowBounds = { blockLines: 500, blocks: 40, chars: 8_000_000 };

type Answer = Pick<OutputLines, 'items' | 'lines' | 'open' | 'colours'>;

export class LogWindow {
  /** By number; the least recently seen first. */
  #blocks = new Map<number, (ShownLine | undefined)[]>();
  #chars = 0;
  #total = 0;
  #tail = new LineReader();
  /** That hold where the open line of the tail begins. */
  #colours = '';

  constructor(private readonly bounds: WindowBounds = BOUNDS) {}

  /** How many lines the log has, as far as is known. */
  get total(): number {
    return this.#total;
  }

  /** By its number, from 1; undefined while it is not here. */
  line(n: number): ShownLine | undefined {
    return this.#blocks.get(this.#blockOf(n))?.[(n - 1) % this.bounds.blockLines];
  }

  /** These lines are in sight. What to ask for, around those of them that are not here. */
  see(first: number, last: number): { readonly from: number; readonly limit: number } | undefined {
    for (let block = this.#blockOf(first); block <= this.#blockOf(last); block++) this.#touch(block);
    const end = Math.min(last, this.#total);
    let from = first;
    while (from <= end && this.line(from) !== undefined) from++;
    if (from > end) return undefined;
    let to = end;
    while (this.line(to) !== undefined) to--;
    const { blockLines: limit } = this.bounds;
    return { from: Math.max(1, from - Math.max(0, Math.floor((limit - (to - from + 1)) / 2))), limit };
  }

  /** Lines that were asked for. */
  put({ items, lines, colours }: Pick<Answer, 'items' | 'lines' | 'colours'>): void {
    this.#total = Math.max(this.#total, lines);
    this.#putAll(items, colours);
  }

  /** The last lines: what comes is what follows them. */
  begin({ items, lines, open, colours }: Answer): void {
    // The oldest were removed, and the rest is counted anew.
    if (lines < this.#total) this.#blocks = new Map();
    this.#total = lines;
    this.#putAll(items, colours);
    const last = open === undefined ? undefined : items.at(-1);
    this.#tail = new LineReader(open === undefined ? { lines } : { lines, open }, last?.text);
    this.#colours = items.filter((one) => one !== last).reduce((held, { text }) => carriedAfter(text, held), colours);
  }

  append(piece: Pick<OutputPiece, 'stream' | 'data'>): void {
    for (const line of this.#tail.read(piece)) {
      this.#set(line, this.#colours);
      this.#colours = carriedAfter(line.text, this.#colours);
    }
    const { open } = this.#tail;
    if (open !== undefined) this.#set(open, this.#colours);
    this.#total = this.#tail.count.lines;
    this.#bound();
  }

  #putAll(items: readonly TextLine[], colours: string): void {
    let carried = colours;
    for (const line of items) {
      this.#set(line, carried);
      carried = carriedAfter(line.text, carried);
    }
    this.#bound();
  }

  #set({ line, ...shown }: TextLine, carried: string): void {
    const block = this.#touch(this.#blockOf(line));
    const at = (line - 1) % this.bounds.blockLines;
    const before = block[at]?.text.length;
    // A line only grows: an answer may be older than what has come since.
    if (before !== undefined && before >= shown.text.length) return;
    block[at] = { ...shown, carried };
    this.#chars += shown.text.length - (before ?? 0);
  }

  #touch(number: number): (ShownLine | undefined)[] {
    const block = this.#blocks.get(number) ?? [];
    this.#blocks.delete(number);
    this.#blocks.set(number, block);
    return block;
  }

  #bound(): void {
    for (const [number, block] of this.#blocks) {
      if (this.#blocks.size <= 1 || (this.#blocks.size <= this.bounds.blocks && this.#chars <= this.bounds.chars))
        return;
      this.#blocks.delete(number);
      for (const line of block) this.#chars -= line?.text.length ?? 0;
    }
  }

  #blockOf(n: number): number {
    return Math.floor((n - 1) / this.bounds.blockLines);
  }
}

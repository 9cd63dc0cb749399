// The lines of an output that are wanted, picked from its pieces as they come from the stream: some by their numbers, or those that have a text.
// Bounded in number and in text. Pure.

import { LIMITS } from '@agentcom/schemas';
import { LineReader, type OutputText, type TextLine } from '@agentcom/schemas/output-lines';
import { carriedAfter, plainText, withoutSequences } from '@agentcom/schemas/terminal-text';
import type { Mark } from './line-index.js';

export interface WantedLines {
  readonly from: number;
  readonly limit: number;
  /** In any case, whatever its colours. */
  readonly q: string | undefined;
}

export class LineSearch {
  readonly items: TextLine[] = [];
  /** Of those that hold where the first wanted line begins. */
  colours: string;
  /** The last line of which it is known whether it is wanted. */
  lookedAt: number;
  readonly #reader: LineReader;
  readonly #q: string | undefined;
  #chars = 0;

  /** @param mark  where the pieces begin: before the first wanted line */
  constructor(
    private readonly wanted: WantedLines,
    mark: Mark,
  ) {
    this.#reader = new LineReader(mark, mark.open === undefined ? '' : mark.halfCode);
    this.#q = wanted.q?.toLowerCase();
    this.colours = mark.colours;
    this.lookedAt = wanted.from - 1;
  }

  get isFull(): boolean {
    return this.items.length >= this.wanted.limit || this.#chars >= LIMITS.outputLinesChars;
  }

  /** Whether a search that goes on later begins further on than this one. */
  get hasMoved(): boolean {
    const { open } = this.#reader;
    return this.lookedAt >= this.wanted.from || (open?.cut === true && open.line >= this.wanted.from);
  }

  read(piece: OutputText): void {
    if (this.isFull) return;
    const mayHave = this.#q === undefined || this.#mayHave(this.#openBefore(piece) + piece.data, this.#q);
    for (const line of this.#reader.read(piece)) this.#take(line, mayHave);
  }

  /** No more is read now. A line that has not ended is taken as it is when it is the last, or longer than is shown of it. */
  end(isAtEnd: boolean): void {
    const { open } = this.#reader;
    if (open !== undefined && (isAtEnd || open.cut === true)) this.#take(open, true);
  }

  #take(line: TextLine, mayHave: boolean): void {
    if (line.line < this.wanted.from) {
      this.colours = carriedAfter(line.text, this.colours);
      return;
    }
    if (this.isFull) return;
    this.lookedAt = line.line;
    if (!mayHave) return;
    if (this.#q !== undefined && !plainText(line.text).toLowerCase().includes(this.#q)) return;
    this.items.push(line);
    this.#chars += line.text.length;
  }

  /** What of the open line the piece goes on with, or ends. */
  #openBefore({ stream }: OutputText): string {
    const { open } = this.#reader;
    if (open === undefined) return '';
    return open.stream === stream ? open.text : `${open.text}\n`;
  }

  /** Of many lines at once, which is quick; false only when none of them has it. */
  #mayHave(text: string, q: string): boolean {
    return q.includes('·') || withoutSequences(text).toLowerCase().includes(q);
  }
}

// Where the lines of one attempt's output lie in the stream: how many there are, and every so many characters the place where a reader may begin.
// It grows as output is read, and stays small however much that is. Pure.

import { countLines, type LineCount } from '@agentcom/schemas/output-lines';
import { carriedAfter } from '@agentcom/schemas/terminal-text';
import type { Read } from './output-stream.js';

/** Text between two marks at first, in UTF-16 units; twice as much whenever there are as many as that. */
const SPACING_CHARS = 128 * 1024;
const MARKS_MAX = 4_096;
/** The beginning of a code of a colour whose end is in the next piece. */
const HALF_CODE = /\u001b(?:\[[0-9;]{0,24})?$/;

/** Before the message `seq`. */
export interface Mark extends LineCount {
  readonly seq: number;
  /** The last piece before it, 0 for none. */
  readonly outputSeq: number;
  readonly colours: string;
  /** Of the line that is open, what could become the code of a colour. */
  readonly halfCode: string;
}

export class LineIndex {
  #marks: Mark[] = [];
  #count: LineCount = { lines: 0 };
  #colours = '';
  #halfCode = '';
  #spacing: number;
  #chars = 0;
  /** Everything up to there is counted. */
  seq = 0;
  outputSeq = 0;

  constructor(
    spacingChars = SPACING_CHARS,
    private readonly marksMax = MARKS_MAX,
  ) {
    this.#spacing = spacingChars;
  }

  get count(): LineCount {
    return this.#count;
  }

  /** What comes next in the stream. */
  add({ pieces, seq }: Read): void {
    const last = pieces.at(-1);
    if (last !== undefined && (this.#marks.length === 0 || this.#chars >= this.#spacing)) this.#mark(seq);
    for (const piece of pieces) {
      if (piece.data === '') continue;
      const text = this.#count.open === piece.stream ? this.#halfCode + piece.data : piece.data;
      this.#count = countLines(this.#count, piece);
      this.#chars += piece.data.length;
      this.#colours = carriedAfter(text, this.#colours);
      this.#halfCode = HALF_CODE.exec(text.slice(-32))?.[0] ?? '';
    }
    this.seq = seq;
    this.outputSeq = last?.outputSeq ?? this.outputSeq;
  }

  /** The last place from which the line is read from its beginning on; undefined when nothing is counted. */
  before(line: number): Mark | undefined {
    let [from, to] = [0, this.#marks.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#marks[middle]?.lines ?? 0) < line) from = middle + 1;
      else to = middle;
    }
    return this.#marks[Math.max(0, from - 1)];
  }

  #mark(seq: number): void {
    if (this.#marks.length >= this.marksMax) {
      this.#marks = this.#marks.filter((_, i) => i % 2 === 0);
      this.#spacing *= 2;
    }
    const { outputSeq } = this;
    this.#marks.push({ ...this.#count, seq, outputSeq, colours: this.#colours, halfCode: this.#halfCode });
    this.#chars = 0;
  }
}

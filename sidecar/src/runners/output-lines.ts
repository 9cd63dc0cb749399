// Cuts one stream of a process into lines. An event of a tool may be a very long line, but not an endless one; what is no event is
// shown while its line is still unfinished, once the stream falls silent.

import { StringDecoder } from 'node:string_decoder';

export interface LineSink {
  /** A whole line without its end, of which so many characters were shown as part of it. */
  line(line: string, shownChars: number): void;
  /** The beginning of a line that is too long to be read, and how much was left out. */
  cut(beginning: string, shownChars: number, omittedChars: number): void;
  /** A line that is not finished; returns how many of its characters are shown now. */
  part(line: string, shownChars: number): number;
}

export const LINE_CHARS_MAX = 8 * 1024 * 1024;
/** What is shown of a line that is longer than that. */
const CUT_CHARS = 16 * 1024;
/** Longer unfinished lines are shown when they are finished: each look at one costs time in proportion to it. */
const PART_CHARS_MAX = 64 * 1024;
const QUIET_MS = 250;

export class OutputLines {
  readonly #sink: LineSink;
  readonly #decoder = new StringDecoder('utf8');
  #line = '';
  #shownChars = 0;
  #omittedChars = 0;
  #lastAt = 0;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  /** `now`: monotonic, ms. */
  push(chunk: Buffer, now: number): void {
    this.#lastAt = now;
    const [first = '', ...others] = this.#decoder.write(chunk).split('\n');
    this.#add(first);
    for (const piece of others) {
      this.#finish();
      this.#add(piece);
    }
  }

  tick(now: number): void {
    const isShowable = this.#omittedChars === 0 && this.#line.length <= PART_CHARS_MAX && !isEvent(this.#line);
    if (this.#line.length > this.#shownChars && isShowable && now - this.#lastAt >= QUIET_MS) {
      this.#shownChars = this.#sink.part(withoutReturn(this.#line), this.#shownChars);
    }
  }

  end(): void {
    this.#add(this.#decoder.end());
    if (this.#line !== '') this.#finish();
  }

  #add(piece: string): void {
    if (this.#omittedChars === 0 && this.#line.length + piece.length <= LINE_CHARS_MAX) {
      this.#line += piece;
      return;
    }
    const all = this.#line.length + this.#omittedChars + piece.length;
    this.#line = `${this.#line}${piece}`.slice(0, Math.max(CUT_CHARS, this.#shownChars));
    this.#omittedChars = all - this.#line.length;
  }

  #finish(): void {
    const line = withoutReturn(this.#line);
    if (this.#omittedChars > 0) this.#sink.cut(line, this.#shownChars, this.#omittedChars);
    else this.#sink.line(line, this.#shownChars);
    this.#line = '';
    this.#shownChars = 0;
    this.#omittedChars = 0;
  }
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/** What begins as the events of tools do is for their dialect first. */
function isEvent(line: string): boolean {
  return /^(?:\{|::)/.test(line);
}

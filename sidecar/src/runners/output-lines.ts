// Cuts one stream of a process into lines. An event of a tool may be a very long line, but not an endless one; what is no event is
// shown while its line is still unfinished, once the stream falls silent. Beyond the budget lines are left out, but for events, which
// are still heard, and the newest, which are shown when there is room again.

import { StringDecoder } from 'node:string_decoder';
import { EVENT_BEGINNING } from './kinds/event.js';
import { LineEnd } from './line-end.js';
import { OutputBudget } from './output-budget.js';

export interface LineSink {
  /** A whole line without its end, of which so many characters were shown as part of it. */
  line(line: string, shownChars: number): void;
  /** The beginning of a line that is too long to be read, and how much was left out. */
  cut(beginning: string, shownChars: number, omittedChars: number): void;
  /** A line that is not finished; returns how many of its characters are shown now. */
  part(line: string, shownChars: number): number;
  /** What may be an event, or end with one, of a line that is left out or cut. */
  event(line: string): void;
  /** Whole lines that were left out. */
  gap(bytes: number): void;
}

/** Of an event: the last one of a tool may have all of its answer in it. */
export const EVENT_CHARS_MAX = 32 * 1024 * 1024;
export const LINE_CHARS_MAX = 1024 * 1024;
/** What is shown of a line that is longer than that. */
const CUT_CHARS = 16 * 1024;
/** Longer unfinished lines are shown when they are finished: each look at one costs time in proportion to it. */
const PART_CHARS_MAX = 64 * 1024;
const QUIET_MS = 250;
/** Of what was left out, the end is shown all the same. */
const NEWEST_BYTES = 16 * 1024;
const NEWLINE = 0x0a;
const BRACE = 0x7b;
const COLON = 0x3a;
const EVENT_BEGIN_CHARS = 2;
/** What is no text takes as much longer to show, and nobody reads it. */
const BINARY_COST = 8;

export class OutputLines {
  readonly #sink: LineSink;
  readonly #budget: OutputBudget;
  readonly #decoder = new StringDecoder('utf8');
  #line = '';
  /** Of `#line`, by its beginning: to look at a line that grows costs time in proportion to it. */
  #isEvent = false;
  #shownChars = 0;
  #omittedChars = 0;
  readonly #omittedEnd = new LineEnd(LINE_CHARS_MAX);
  #lastAt = 0;
  /** Whole lines that were left out since the last that was shown. */
  #gapBytes = 0;
  #newest: Buffer = Buffer.alloc(0);

  constructor(sink: LineSink, budget = new OutputBudget()) {
    this.#sink = sink;
    this.#budget = budget;
  }

  /** `now`: monotonic, ms. */
  push(chunk: Buffer, now: number): void {
    this.#lastAt = now;
    if (!this.#budget.isOpen(now)) return this.#skim(chunk);
    this.#budget.spend(chunk.includes(0) ? BINARY_COST * chunk.length : chunk.length);
    this.#closeGap();
    const [first = '', ...others] = this.#decoder.write(chunk).split('\n');
    this.#add(first);
    for (const piece of others) {
      this.#finish();
      this.#add(piece);
    }
  }

  tick(now: number): void {
    const isQuiet = now - this.#lastAt >= QUIET_MS;
    if (isQuiet) this.#closeGap();
    const isShowable = this.#omittedChars === 0 && this.#line.length <= PART_CHARS_MAX && !this.#isEvent;
    if (isQuiet && isShowable && this.#line.length > this.#shownChars) {
      this.#shownChars = this.#sink.part(withoutReturn(this.#line), this.#shownChars);
    }
  }

  end(): void {
    this.#closeGap();
    this.#add(this.#decoder.end());
    if (this.#line !== '') this.#finish();
  }

  /** Reads past whole lines. Those of the agent's own events are heard. */
  #skim(chunk: Buffer): void {
    const first = chunk.indexOf(NEWLINE);
    const last = chunk.lastIndexOf(NEWLINE);
    if (first === -1) return this.#add(this.#decoder.write(chunk));
    // What is left of a character ends with its line, or it would stand before the next one and hide an event.
    this.#add(this.#decoder.write(chunk.subarray(0, first)) + this.#decoder.end());
    this.#pass();
    let beginning = -1;
    for (let start = first + 1; start <= last; ) {
      const end = chunk.indexOf(NEWLINE, start);
      if (beginning < start) beginning = indexOrEnd(chunk, EVENT_BEGINNING, start);
      const byte = chunk[start];
      if (byte === BRACE || byte === COLON || beginning < end)
        this.#sink.event(withoutReturn(chunk.toString('utf8', start, end)));
      start = end + 1;
    }
    this.#leaveOut(chunk.subarray(first + 1, last + 1));
    this.#add(this.#decoder.write(chunk.subarray(last + 1)));
  }

  /** The line that was begun before: shown to its end when its beginning was, otherwise left out with the others. */
  #pass(): void {
    if (this.#shownChars > 0 || this.#omittedChars > 0) return this.#finish();
    if (hasEvent(this.#line)) this.#sink.event(withoutReturn(this.#line));
    else this.#leaveOut(Buffer.from(`${this.#line}\n`));
    this.#begin();
  }

  #leaveOut(lines: Buffer): void {
    this.#gapBytes += lines.length;
    this.#newest = newestLines(this.#newest, lines);
  }

  #closeGap(): void {
    if (this.#gapBytes === 0) return;
    const lines = this.#newest.toString('utf8').split('\n').slice(0, -1);
    const left = this.#gapBytes - this.#newest.length;
    this.#gapBytes = 0;
    this.#newest = Buffer.alloc(0);
    if (left > 0) this.#sink.gap(left);
    for (const line of lines) if (!hasEvent(line)) this.#sink.line(withoutReturn(line), 0);
  }

  #add(piece: string): void {
    if (this.#line.length < EVENT_BEGIN_CHARS) {
      this.#isEvent = isEvent(this.#line + piece.slice(0, EVENT_BEGIN_CHARS));
    }
    const most = this.#isEvent ? EVENT_CHARS_MAX : LINE_CHARS_MAX;
    if (this.#omittedChars === 0 && this.#line.length + piece.length <= most) {
      this.#line += piece;
      return;
    }
    const all = this.#line.length + this.#omittedChars + piece.length;
    this.#omittedEnd.add(this.#omittedChars === 0 ? `${this.#line}${piece}` : piece);
    this.#line = `${this.#line}${piece}`.slice(0, Math.max(CUT_CHARS, this.#shownChars));
    this.#omittedChars = all - this.#line.length;
  }

  #finish(): void {
    const line = withoutReturn(this.#line);
    if (this.#omittedChars > 0) this.#finishCut(line);
    else this.#sink.line(line, this.#shownChars);
    this.#begin();
  }

  #finishCut(beginning: string): void {
    this.#sink.cut(beginning, this.#shownChars, this.#omittedChars);
    const end = this.#omittedEnd.take();
    const event = end.indexOf(EVENT_BEGINNING);
    if (event !== -1) this.#sink.event(withoutReturn(end.slice(event)));
  }

  #begin(): void {
    this.#line = '';
    this.#isEvent = false;
    this.#shownChars = 0;
    this.#omittedChars = 0;
  }
}

/** The last whole lines of both that fit; `lines` ends with a newline, or is empty. */
function newestLines(before: Buffer, lines: Buffer): Buffer {
  if (lines.length < NEWEST_BYTES && before.length + lines.length <= NEWEST_BYTES)
    return Buffer.concat([before, lines]);
  const all = lines.length >= NEWEST_BYTES ? lines : Buffer.concat([before, lines]);
  const from = all.indexOf(NEWLINE, all.length - NEWEST_BYTES - 1) + 1;
  // A copy: what it is a part of would be kept in memory with it.
  return Buffer.from(all.subarray(from));
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

function indexOrEnd(chunk: Buffer, text: string, from: number): number {
  const index = chunk.indexOf(text, from);
  return index === -1 ? chunk.length : index;
}

function hasEvent(line: string): boolean {
  return isEvent(line) || line.includes(EVENT_BEGINNING);
}

/** What begins as the events of tools do is for their dialect first. */
function isEvent(line: string): boolean {
  return /^(?:\{|::)/.test(line);
}

// The output of one attempt as lines, with their numbers. Bounded: of an output that is longer than a tab can hold, the oldest lines are let go.

import type { OutputPiece } from '@agentcom/schemas';
import { carriedAfter } from '@agentcom/schemas/terminal-text';

export interface LogBounds {
  readonly lines: number;
  readonly chars: number;
  readonly lineChars: number;
}

const BOUNDS: LogBounds = { lines: 1_000_000, chars: 150_000_000, lineChars: 16_384 };

type Stream = OutputPiece['stream'];

export class LogLines {
  #texts: string[] = [];
  #streams: Stream[] = [];
  /** By number of line, where colours go on from the line before. */
  readonly #carried = new Map<number, string>();
  #chars = 0;
  #dropped = 0;
  #colours = '';
  #isOpen = false;

  constructor(private readonly bounds: LogBounds = BOUNDS) {}

  /** Those that are kept. */
  get count(): number {
    return this.#texts.length;
  }

  /** How many lines before those are not kept any more. */
  get dropped(): number {
    return this.#dropped;
  }

  /** By its number, from 1. */
  text(n: number): string {
    return this.#texts[n - 1 - this.#dropped] ?? '';
  }

  stream(n: number): Stream {
    return this.#streams[n - 1 - this.#dropped] ?? 'agent';
  }

  carried(n: number): string {
    return this.#carried.get(n) ?? '';
  }

  append({ data, stream }: Pick<OutputPiece, 'data' | 'stream'>): void {
    const parts = data.split('\n');
    // Two streams may be in the middle of a line at once.
    if (this.#isOpen && this.#streams.at(-1) !== stream) this.#isOpen = false;
    parts.forEach((part, i) => {
      if (i === parts.length - 1 && part === '') return;
      if (this.#isOpen) this.#extend(part);
      else this.#begin(part, stream);
      this.#isOpen = i === parts.length - 1;
      if (!this.#isOpen) this.#colours = carriedAfter(this.#texts.at(-1) ?? '', this.#colours);
    });
    this.#bound();
  }

  #begin(text: string, stream: Stream): void {
    const kept = text.slice(0, this.bounds.lineChars);
    this.#texts.push(kept);
    this.#streams.push(stream);
    this.#chars += kept.length;
    if (this.#colours !== '') this.#carried.set(this.#dropped + this.#texts.length, this.#colours);
  }

  #extend(text: string): void {
    const at = this.#texts.length - 1;
    const before = this.#texts[at] ?? '';
    const kept = text.slice(0, Math.max(0, this.bounds.lineChars - before.length));
    this.#texts[at] = before + kept;
    this.#chars += kept.length;
  }

  /** A tenth at a time, so that it is seldom. */
  #bound(): void {
    while (this.#texts.length > 1 && (this.#texts.length > this.bounds.lines || this.#chars > this.bounds.chars)) {
      const gone = Math.ceil(this.#texts.length / 10);
      for (let i = 0; i < gone; i++) {
        this.#chars -= this.#texts[i]?.length ?? 0;
        this.#carried.delete(this.#dropped + i + 1);
      }
      this.#texts = this.#texts.slice(gone);
      this.#streams = this.#streams.slice(gone);
      this.#dropped += gone;
    }
  }
}

/** What a person should see first. */
export function isErrorLine(text: string): boolean {
  return ERROR.test(text);
}

const ERROR = /(?:^|[^\w-])(?:error|fatal|panic|exception|traceback|failed)(?:\[\w+\])?(?::|!|\b(?! 0\b))/i;

export interface LinePlace {
  readonly generation: number;
  readonly line: number;
}

/** `#g2L120`: line 120 of the second attempt. */
export function placeOf(hash: string): LinePlace | undefined {
  const [, generation, line] = /^#g([1-9]\d{0,8})L([1-9]\d{0,8})$/.exec(hash) ?? [];
  return line === undefined ? undefined : { generation: Number(generation), line: Number(line) };
}

export function hashOf({ generation, line }: LinePlace): string {
  return `#g${generation}L${line}`;
}

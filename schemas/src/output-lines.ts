// The output of one attempt as lines, which the hub and its pages number alike: a line ends at a line feed, and where another stream goes on
// before it has ended. Pure.

import { LIMITS } from './limits.js';
import type { OutputStream } from './names.js';

/** Part of an output, wherever it was cut. */
export interface OutputText {
  readonly stream: OutputStream;
  readonly data: string;
}

/** By its number, from 1, without its line feed. */
export interface TextLine {
  readonly line: number;
  readonly stream: OutputStream;
  readonly text: string;
  /** It is longer than that. */
  readonly cut?: true;
}

/** How far an output has come: the lines that have begun, and the stream of the last one while that has not ended. */
export interface LineCount {
  readonly lines: number;
  readonly open?: OutputStream;
}

export function countLines({ lines, open }: LineCount, { stream, data }: OutputText): LineCount {
  if (data === '') return open === undefined ? { lines } : { lines, open };
  let ends = 0;
  for (let at = data.indexOf('\n'); at >= 0; at = data.indexOf('\n', at + 1)) ends++;
  const isOpen = !data.endsWith('\n');
  const begun = ends + (isOpen ? 1 : 0) - (open === stream ? 1 : 0);
  return isOpen ? { lines: lines + begun, open: stream } : { lines: lines + begun };
}

export class LineReader {
  #lines: number;
  #open: OutputStream | undefined;
  /** Of the open line, as far as it is kept, and how long it is. */
  #text: string;
  #chars: number;

  /** @param text  what is known of the line that is open */
  constructor({ lines, open }: LineCount = { lines: 0 }, text = '') {
    this.#lines = lines;
    this.#open = open;
    this.#text = text;
    this.#chars = text.length;
  }

  get count(): LineCount {
    return this.#open === undefined ? { lines: this.#lines } : { lines: this.#lines, open: this.#open };
  }

  /** The line that has not ended. */
  get open(): TextLine | undefined {
    return this.#open === undefined ? undefined : this.#line(this.#open);
  }

  /** The lines that end in it, in order. */
  read({ stream, data }: OutputText): readonly TextLine[] {
    const whole: TextLine[] = [];
    if (data === '') return whole;
    if (this.#open !== undefined && this.#open !== stream) whole.push(this.#end(this.#open));
    let from = 0;
    for (let end = data.indexOf('\n'); end >= 0; end = data.indexOf('\n', from)) {
      this.#add(stream, data.slice(from, end));
      whole.push(this.#end(stream));
      from = end + 1;
    }
    if (from < data.length) this.#add(stream, data.slice(from));
    return whole;
  }

  #add(stream: OutputStream, text: string): void {
    if (this.#open === undefined) {
      this.#open = stream;
      this.#lines++;
    }
    this.#text += text.slice(0, Math.max(0, LIMITS.outputLineChars - this.#text.length));
    this.#chars += text.length;
  }

  #end(stream: OutputStream): TextLine {
    const line = this.#line(stream);
    this.#open = undefined;
    this.#text = '';
    this.#chars = 0;
    return line;
  }

  #line(stream: OutputStream): TextLine {
    const line = { line: this.#lines, stream };
    if (this.#chars <= LIMITS.outputLineChars) return { ...line, text: this.#text };
    return { ...line, text: this.#text.replace(/[\ud800-\udbff]$/, ''), cut: true };
  }
}

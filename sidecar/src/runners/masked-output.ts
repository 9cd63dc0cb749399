// The only way by which what an agent prints reaches the output log: without what looks like a secret.

import type { OutputStream } from '@agentcom/schemas';
import { clipEnd } from '@agentcom/schemas/clip';
import { maskableChars, maskLine, maskSecrets } from '../core/mask.js';
import type { OutputWriter } from '../host/output-log.js';

export const TAIL_BYTES = 2 * 1024;
const WAITING_CHARS = 16 * 1024;

export class MaskedOutput {
  readonly #writer: Pick<OutputWriter, 'write'>;
  readonly #secrets: readonly string[];
  /** The streams that are in the middle of a private key. */
  readonly #inKey = new Set<OutputStream>();
  #tail = '';
  /** Of one stream, not with the writer yet: each write costs more than its text. */
  #waiting: { readonly stream: OutputStream; readonly texts: string[]; chars: number } | undefined;

  constructor(writer: Pick<OutputWriter, 'write'>, secrets: readonly string[]) {
    this.#writer = writer;
    this.#secrets = secrets;
  }

  /** The end of what was written, at most `TAIL_BYTES` of UTF-8. */
  get tail(): string {
    this.flush();
    return clipEnd(this.#tail, TAIL_BYTES);
  }

  /** A text outside the output. */
  mask(text: string): string {
    return maskSecrets(text, this.#secrets);
  }

  /** Whole lines that were made of a tool's events. */
  say(text: string): void {
    this.#write('agent', `${this.mask(text.replace(/\n$/, ''))}\n`);
  }

  /** A line as it came, of which so many characters were shown before. */
  line(stream: OutputStream, line: string, shownChars = 0): void {
    const { text, inKey } = maskLine(line, this.#secrets, this.#inKey.has(stream));
    const rest = behind(text, this.#shown(stream, line, shownChars));
    if (inKey) this.#inKey.add(stream);
    else this.#inKey.delete(stream);
    this.#write(stream, `${rest}\n`);
  }

  /** The beginning of a line of which the rest is left out; a secret at the place of the cut goes with the rest. */
  cut(stream: OutputStream, beginning: string, shownChars: number, omittedChars: number): void {
    const chars = Math.max(shownChars, maskableChars(beginning, this.#secrets));
    const omitted = omittedChars + beginning.length - chars;
    this.line(
      stream,
      `${beginning.slice(0, chars)} [… ${omitted} more characters of this line left out …]`,
      shownChars,
    );
  }

  gap(stream: OutputStream, bytes: number): void {
    this.#write(stream, `[… ${bytes} bytes of output left out: it came too fast to keep …]\n`);
  }

  /** A line that is not finished. Shows what can be masked by itself, and returns how many characters are shown now. */
  part(stream: OutputStream, line: string, shownChars: number): number {
    const chars = maskableChars(line, this.#secrets);
    if (chars <= shownChars) return shownChars;
    this.#write(stream, behind(this.#shown(stream, line, chars), this.#shown(stream, line, shownChars)));
    return chars;
  }

  #shown(stream: OutputStream, line: string, chars: number): string {
    return chars === 0 ? '' : maskLine(line.slice(0, chars), this.#secrets, this.#inKey.has(stream)).text;
  }

  #write(stream: OutputStream, text: string): void {
    if (text === '') return;
    if (this.#waiting?.stream !== stream) this.flush();
    this.#waiting ??= { stream, texts: [], chars: 0 };
    this.#waiting.texts.push(text);
    this.#waiting.chars += text.length;
    if (this.#waiting.chars >= WAITING_CHARS) this.flush();
  }

  /** What was said by now is in the log. */
  flush(): void {
    if (this.#waiting === undefined) return;
    const { stream, texts } = this.#waiting;
    this.#waiting = undefined;
    const text = texts.join('');
    this.#writer.write(stream, text);
    this.#tail = (this.#tail + text.slice(-TAIL_BYTES)).slice(-TAIL_BYTES);
  }
}

/** What the whole has beyond its beginning; all of it when it begins otherwise, since a secret shown twice masked is none. */
function behind(whole: string, beginning: string): string {
  return whole.startsWith(beginning) ? whole.slice(beginning.length) : whole;
}

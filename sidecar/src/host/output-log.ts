// What an attempt has printed, on disk: JSON lines in numbered segments, of which the newest are kept. One process writes at a time, any
// may read meanwhile. A position stays good for as long as its segment is kept.

import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, readSync, rmSync, writeSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { OutputStream } from '@agentcom/schemas';
import { codeOf } from '@agentcom/schemas/host';
import { APPEND_OWN, openOwn } from './own-file.js';

export interface OutputRecord {
  /** Unix time, ms. */
  readonly at: number;
  readonly stream: OutputStream;
  /** At most `RECORD_BYTES` of UTF-8. */
  readonly data: string;
}

/** A place between two records. */
export interface OutputPosition {
  readonly segment: number;
  readonly offset: number;
}

export const OUTPUT_START: OutputPosition = { segment: 1, offset: 0 };

export const RECORD_BYTES = 16 * 1024;
const SEGMENT_BYTES = 4 * 1024 * 1024;
const SEGMENTS_KEPT = 4;
/** Longer than any line of a segment: every byte of the data escaped, and what is around it. */
const LINE_BYTES = 6 * RECORD_BYTES + 1024;
const NEWLINE = 0x0a;

export class OutputWriter {
  readonly #dir: string;
  #segment: number;
  #file: number;
  #written: number;
  /** The last line in the file is not a whole one. */
  #isTorn: boolean;

  constructor(dir: string) {
    this.#dir = dir;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.#segment = numbersOf(readdirSync(dir)).at(-1) ?? 1;
    this.#file = openSync(this.#path(), APPEND_OWN, 0o600);
    this.#written = fstatSync(this.#file).size;
    this.#isTorn = !endsWithNewline(this.#file, this.#written);
  }

  /** Output that cannot be written, as on a full disk, is dropped: the run matters more than its log. */
  write(stream: OutputStream, data: string): void {
    try {
      for (const piece of pieces(data)) this.#append(`${JSON.stringify({ at: Date.now(), stream, data: piece })}\n`);
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #append(line: string): void {
    const bytes = Buffer.from(this.#isTorn ? `\n${line}` : line);
    if (this.#written + bytes.length > SEGMENT_BYTES && this.#written > 0) this.#turn();
    this.#isTorn = true;
    for (let done = 0; done < bytes.length; ) {
      const taken = writeSync(this.#file, bytes, done);
      this.#written += taken;
      done += taken;
    }
    this.#isTorn = false;
  }

  #turn(): void {
    // Opened first: a file that cannot be made leaves this one in use, and never its number, which another file may get.
    const next = openSync(join(this.#dir, nameOf(this.#segment + 1)), APPEND_OWN, 0o600);
    closeSync(this.#file);
    this.#file = next;
    this.#segment += 1;
    this.#written = 0;
    for (const number of numbersOf(readdirSync(this.#dir))) {
      if (number <= this.#segment - SEGMENTS_KEPT) rmSync(join(this.#dir, nameOf(number)), { force: true });
    }
  }

  #path(): string {
    return join(this.#dir, nameOf(this.#segment));
  }
}

export interface OutputRead {
  readonly records: OutputRecord[];
  readonly next: OutputPosition;
  /** About how much was passed over because its segments are no longer kept. */
  readonly omittedBytes: number;
}

/** Whole records from `from`, at most about `bytesMax` of the log and at least one where there is one. No log is an empty one. */
export async function readOutput(dir: string, from: OutputPosition, bytesMax: number): Promise<OutputRead> {
  const records: OutputRecord[] = [];
  let next = from;
  let omittedBytes = 0;
  let bytesLeft = bytesMax;
  while (bytesLeft > 0) {
    const kept = await segmentsIn(dir);
    const [oldest] = kept;
    if (oldest !== undefined && next.segment < oldest) {
      omittedBytes += (oldest - next.segment) * SEGMENT_BYTES - next.offset;
      next = { segment: oldest, offset: 0 };
    }
    const lines = await readLines(join(dir, nameOf(next.segment)), next.offset, Math.max(bytesLeft, LINE_BYTES));
    if (lines === undefined && kept.includes(next.segment)) continue; // Removed meanwhile: look again.
    if (lines !== undefined && lines.length > 0) {
      records.push(...recordsIn(lines));
      bytesLeft -= lines.length;
      next = { ...next, offset: next.offset + lines.length };
      continue;
    }
    // The listing was made before the read: a segment that had a successor by then grows no more.
    if (!kept.some((number) => number > next.segment)) break;
    next = { segment: next.segment + 1, offset: 0 };
  }
  return { records, next, omittedBytes };
}

/** The end of what was printed, at most so many bytes of UTF-8; empty when nothing was. */
export async function outputTail(dir: string, bytesMax: number): Promise<string> {
  let tail = Buffer.alloc(0);
  for (const number of (await segmentsIn(dir)).reverse()) {
    const path = join(dir, nameOf(number));
    const lines = await readLines(path, -(bytesMax * 2 + LINE_BYTES), bytesMax * 2 + LINE_BYTES);
    const data = recordsIn(lines ?? Buffer.alloc(0)).map((record) => record.data);
    tail = Buffer.concat([Buffer.from(data.join('')), tail]);
    if (tail.length >= bytesMax) break;
  }
  return endOf(tail, bytesMax);
}

export function nameOf(segment: number): string {
  return `${String(segment).padStart(6, '0')}.jsonl`;
}

function numbersOf(names: readonly string[]): number[] {
  return names
    .flatMap((name) => /^(\d{6,9})\.jsonl$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

export async function segmentsIn(dir: string): Promise<number[]> {
  try {
    const entries = await readdir(dir, { withFileTypes: true });
    return numbersOf(entries.filter((entry) => entry.isFile()).map(({ name }) => name));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Whole lines from an offset, or from so many bytes before the end when it is negative. Undefined when there is no such file. */
async function readLines(path: string, from: number, bytesMax: number): Promise<Buffer | undefined> {
  const file = await openOwn(path);
  if (file === undefined) return undefined;
  try {
    const offset = from < 0 ? Math.max(0, (await file.stat()).size + from) : from;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytesMax), 0, bytesMax, offset);
    const whole = buffer.subarray(0, buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE) + 1);
    // Counted from the end, it may begin in the middle of a line.
    return from < 0 && offset > 0 ? whole.subarray(whole.indexOf(NEWLINE) + 1) : whole;
  } finally {
    await file.close();
  }
}

/** A line that a crash cut off is no record. */
function recordsIn(lines: Buffer): OutputRecord[] {
  return lines
    .toString('utf8')
    .split('\n')
    .flatMap((line) => {
      if (line === '') return [];
      try {
        return [JSON.parse(line) as OutputRecord];
      } catch {
        return [];
      }
    });
}

function* pieces(data: string): Generator<string> {
  const bytes = Buffer.from(data);
  for (let start = 0; start < bytes.length; ) {
    let end = Math.min(start + RECORD_BYTES, bytes.length);
    while (end < bytes.length && isContinuation(bytes[end])) end -= 1;
    yield bytes.toString('utf8', start, end);
    start = end;
  }
}

function endOf(bytes: Buffer, bytesMax: number): string {
  let start = Math.max(0, bytes.length - bytesMax);
  while (isContinuation(bytes[start])) start += 1;
  return bytes.toString('utf8', start);
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

function endsWithNewline(file: number, size: number): boolean {
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, size - 1);
  return last[0] === NEWLINE;
}

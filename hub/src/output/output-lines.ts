// Reads the output of an attempt by lines, and searches it. What is asked for is read from near where it lies in the stream; the lines are
// counted once, and further as output comes. Every answer is bounded, in text and in time.

import type { OutputLines as LinesAnswer } from '@agentcom/schemas';
import { LRUCache } from 'lru-cache';
import { LineIndex, type Mark } from './line-index.js';
import { LineSearch } from './line-search.js';
import { LoopShare } from './loop-share.js';
import type { OutputStream, Read, ReadRequest } from './output-stream.js';
import { type Attempt, formatCursor } from './stored.js';

/** Attempts whose lines are counted. */
const INDEXES = 64;
/** For one answer: to count, and to look for what was asked; ms. */
const COUNT_MS = 1_000;
const LOOK_MS = 500;

export interface LinesRequest extends Attempt {
  /** The first line. */
  readonly from: number;
  readonly limit: number;
  /** So many lines from the end, in place of the two. */
  readonly last?: number | undefined;
  /** Only lines with this text. */
  readonly q?: string | undefined;
  readonly signal: AbortSignal;
}

export interface OutputLinesParts {
  readonly output: Pick<OutputStream, 'end' | 'remember'> & { read(request: ReadRequest): AsyncIterable<Read> };
  /** Monotonic, ms. */
  readonly now: () => number;
  readonly newIndex?: () => LineIndex;
}

/** What lay at a mark is not there any more: the oldest output has been removed. */
class Removed extends Error {
  override readonly name = 'Removed';
}

interface Counted {
  index: LineIndex;
  /** Whoever counts on does so behind whoever counts now. */
  counting: Promise<unknown>;
}

export class OutputLines {
  readonly #counted = new LRUCache<string, Counted>({ max: INDEXES });
  readonly #share = new LoopShare();
  readonly #newIndex: () => LineIndex;

  constructor(private readonly parts: OutputLinesParts) {
    this.#newIndex = parts.newIndex ?? (() => new LineIndex());
  }

  async read(request: LinesRequest): Promise<LinesAnswer> {
    const counted = this.#countedOf(request);
    for (;;) {
      const isWhole = await this.#count(request, counted);
      const { index } = counted;
      // As it is now: others may count on while this one looks.
      const standing = this.#standing(request, index);
      try {
        return { ...(await this.#look(request, index, isWhole)), ...standing, counted: isWhole };
      } catch (error) {
        if (!(error instanceof Removed)) throw error;
        if (counted.index === index) counted.index = this.#newIndex();
      }
    }
  }

  #countedOf({ org, task, generation }: Attempt): Counted {
    const key = `${org}/${task}/${generation}`;
    const counted = this.#counted.get(key) ?? { index: this.#newIndex(), counting: Promise.resolve() };
    this.#counted.set(key, counted);
    return counted;
  }

  /** How much there is, and where whoever follows it goes on. */
  #standing({ org, task, generation }: Attempt, { count, outputSeq, seq }: LineIndex) {
    if (outputSeq === 0) return { generation, ...count, cursor: null };
    const cursor = { generation, outputSeq };
    this.parts.output.remember(org, task, cursor, seq);
    return { generation, ...count, cursor: formatCursor(cursor) };
  }

  /** Counts what has come; whether that is everything. */
  #count(request: LinesRequest, counted: Counted): Promise<boolean> {
    const counting = counted.counting.then(() => this.#countOn(request, counted));
    counted.counting = counting.catch(() => undefined);
    return counting;
  }

  async #countOn({ org, task, generation, signal }: LinesRequest, counted: Counted): Promise<boolean> {
    const { output, now } = this.parts;
    const end = await output.end(org, task, generation);
    if (end < counted.index.seq) counted.index = this.#newIndex();
    const { index } = counted;
    if (end === index.seq) return true;
    const until = now() + COUNT_MS;
    const rest = this.#share.begin();
    const after = { generation, outputSeq: index.outputSeq };
    for await (const read of output.read({ org, task, generation, after, at: index.seq + 1, live: false, signal })) {
      if (read.seq <= index.seq) continue;
      index.add(read);
      await rest(charsOf(read));
      if (now() >= until) break;
    }
    return index.seq >= end;
  }

  async #look(request: LinesRequest, index: LineIndex, isWhole: boolean) {
    const { q } = request;
    const { lines } = index.count;
    const { from, limit } = request.last === undefined ? request : lastOf(lines, request.last);
    const mark = index.before(from);
    if (mark === undefined || from > lines || (request.last !== undefined && !isWhole)) {
      return { items: [], next: isWhole ? null : from, colours: '' };
    }
    const search = new LineSearch({ from, limit, q }, mark);
    const isAtEnd = await this.#readInto(search, request, mark, index.seq);
    // Of what is not counted yet, the last line may go on.
    search.end(isAtEnd && isWhole);
    const isOver = isWhole && search.lookedAt >= lines;
    return { items: search.items, next: isOver ? null : search.lookedAt + 1, colours: search.colours };
  }

  /** Reads until enough is found, time is up, or the message `end` was read; whether that was it. */
  async #readInto(search: LineSearch, request: LinesRequest, mark: Mark, end: number): Promise<boolean> {
    const { now } = this.parts;
    const until = now() + LOOK_MS;
    const rest = this.#share.begin();
    for await (const read of this.#from(request, mark)) {
      for (const piece of read.pieces) search.read(piece);
      if (read.seq >= end) return true;
      if (search.isFull || (search.hasMoved && now() >= until)) return false;
      await rest(charsOf(read));
    }
    return true;
  }

  /** Messages from the mark on. */
  async *#from({ org, task, generation, signal }: LinesRequest, mark: Mark): AsyncGenerator<Read, void, undefined> {
    const after = { generation, outputSeq: mark.outputSeq };
    let isFirst = true;
    for await (const read of this.parts.output.read({
      ...{ org, task, generation, after, at: mark.seq },
      live: false,
      signal,
    })) {
      if (read.seq < mark.seq) continue;
      if (isFirst && read.seq !== mark.seq) throw new Removed();
      isFirst = false;
      yield read;
    }
    if (isFirst && !signal.aborted) throw new Removed();
  }
}

function lastOf(lines: number, last: number): { readonly from: number; readonly limit: number } {
  return { from: Math.max(1, lines - last + 1), limit: last };
}

function charsOf({ pieces }: Read): number {
  return pieces.reduce((sum, { data }) => sum + data.length, 0);
}

// The rows of a list that is longer than what the hub tells of it at once: its first rows, and those near what is in sight. What is shown changes in
// place and never moves: what comes further on is put at the end, what is new further up waits until somebody asks for it, and what is gone stays
// where it was, marked, until nobody points at the list. Without I/O.

import type { Delta, Row, Snapshot } from './rows.js';

/** `first`: from the beginning of the list. `near`: from a row that is shown. */
export type PartName = 'first' | 'near';

export interface LongListOptions<T extends Row> {
  readonly compare: (a: T, b: T) => number;
  /** Rows keep their places in the order, so that any of them can be asked for by its place. */
  readonly isPaged: boolean;
}

/** As much as a tab holds. */
const ROWS_MAX = 100_000;
/** How many more rows than those in sight are to be there. */
const AHEAD = 100;
/** Rows near what is in sight are asked for from each so many. */
const STEP = 100;
export const NEAR_ROWS = 4 * STEP;

class Part<T extends Row> {
  members = new Map<string, T>();
  isKnown = false;

  constructor(
    readonly limit: number,
    readonly from: T | undefined,
  ) {}

  /** There may be more behind its last row. */
  get isFull(): boolean {
    return this.members.size >= this.limit;
  }
}

export class LongList<T extends Row> {
  readonly #options: LongListOptions<T>;
  #rows = new Map<string, T>();
  #shown: readonly string[] = [];
  #isShown = new Set<string>();
  #gone = new Set<string>();
  #parts: Partial<Record<PartName, Part<T>>> = {};
  #total: number | undefined;

  constructor(options: LongListOptions<T>) {
    this.#options = options;
  }

  /** Whether the hub has answered. */
  get isKnown(): boolean {
    return this.#parts.first?.isKnown === true;
  }

  get total(): number | undefined {
    return this.#total;
  }

  /** In order. */
  get shown(): readonly T[] {
    return this.#shown.map((id) => this.#rows.get(id) as T);
  }

  get count(): number {
    return this.#shown.length;
  }

  /** Shown still, although they are not in the list any more. */
  get gone(): ReadonlySet<string> {
    return this.#gone;
  }

  /** How many there are that are not shown yet, and whether there may be more. */
  get waiting(): { readonly count: number; readonly isMore: boolean } {
    const ids = new Set<string>();
    for (const { members } of this.#known()) for (const id of members.keys()) if (!this.#isShown.has(id)) ids.add(id);
    const { first } = this.#parts;
    const isMore = first?.isFull === true && [...first.members.keys()].every((id) => ids.has(id));
    return { count: ids.size, isMore };
  }

  /** Nothing comes behind the last row that is shown. */
  get isAtEnd(): boolean {
    const last = this.#shown.at(-1);
    return last === undefined || this.#known().some((part) => part.members.has(last) && !part.isFull);
  }

  /** No more than these are ever shown. */
  get isBounded(): boolean {
    return this.#shown.length >= ROWS_MAX;
  }

  /** What is asked of the hub for a part from now on. */
  begin(name: PartName, limit: number, from?: T): void {
    this.#parts[name] = new Part(limit, from);
  }

  end(name: PartName): void {
    delete this.#parts[name];
  }

  /** Whether rows are missing at the end, with those at these places in sight. */
  needsMore(last: number): boolean {
    return last >= this.#shown.length - AHEAD && !this.isAtEnd && !this.isBounded;
  }

  /** The row from which on those near what is in sight are to be asked for; undefined where the first ones are enough. */
  nearFrom(first: number, last: number): T | undefined {
    const part = this.#parts.first;
    if (!this.#options.isPaged || part === undefined || !part.isKnown || this.#shown.length === 0) return undefined;
    const at = (index: number) => this.#shown[Math.max(0, Math.min(index, this.#shown.length - 1))] as string;
    const isOfFirst = part.members.has(at(first)) && part.members.has(at(last));
    if (isOfFirst && !this.needsMore(last)) return undefined;
    return this.#rows.get(at(Math.floor(Math.max(0, first - STEP / 4) / STEP) * STEP));
  }

  onSnapshot(name: PartName, { items, total }: Snapshot<T>): void {
    const part = this.#parts[name];
    if (part === undefined) return;
    if (name === 'first') this.#total = total;
    part.members = new Map(items.map((item) => [item.id, item]));
    part.isKnown = true;
    for (const item of items) this.#rows.set(item.id, item);
    const last = this.#lastOf(part);
    for (const id of this.#shown) {
      const row = this.#rows.get(id) as T;
      if (part.members.has(id)) this.#gone.delete(id);
      else if (this.#covers(part, last, row)) this.#gone.add(id);
    }
    this.#append(items);
    this.#forget();
  }

  onDelta(name: PartName, { put, gone, total }: Delta<T>): void {
    const part = this.#parts[name];
    if (part === undefined) return;
    if (name === 'first') this.#total = total ?? this.#total;
    for (const id of gone) part.members.delete(id);
    for (const row of put) {
      part.members.set(row.id, row);
      this.#rows.set(row.id, row);
      this.#gone.delete(row.id);
    }
    const last = this.#lastOf(part);
    for (const id of gone) {
      const row = this.#rows.get(id);
      if (row === undefined || part.members.has(id)) continue;
      if (!this.#isShown.has(id)) this.#rows.delete(id);
      else if (this.#covers(part, last, row)) this.#gone.add(id);
    }
    this.#append(put);
  }

  /** Takes away what is gone, when nobody points at the list. */
  dropGone(): void {
    if (this.#gone.size === 0) return;
    this.#show(this.#shown.filter((id) => !this.#gone.has(id)));
    this.#forget();
    // Nothing can move where nothing is.
    if (this.#shown.length === 0) this.showAll();
  }

  /** Everything that there is now, in order. Where there is a gap before what was shown, only the beginning. */
  showAll(): void {
    const { first } = this.#parts;
    if (first === undefined) return;
    const left = this.#shown.filter((id) => !this.#gone.has(id));
    const isWithoutGap = !first.isFull || left.some((id) => first.members.has(id));
    const ids = new Set(isWithoutGap ? left : []);
    for (const part of isWithoutGap ? this.#known() : [first]) for (const id of part.members.keys()) ids.add(id);
    if (!isWithoutGap) this.end('near');
    this.#show(this.#inOrder([...ids]));
    this.#forget();
  }

  #known(): Part<T>[] {
    return Object.values(this.#parts).filter((part) => part.isKnown);
  }

  #lastOf({ members }: Part<T>): T | undefined {
    let last: T | undefined;
    for (const row of members.values()) if (last === undefined || this.#options.compare(row, last) > 0) last = row;
    return last;
  }

  /** Whether the part would have the row if the list did. */
  #covers({ from, isFull }: Part<T>, last: T | undefined, row: T): boolean {
    const { compare, isPaged } = this.#options;
    if (!isPaged) return true;
    if (from !== undefined && compare(row, from) < 0) return false;
    return !isFull || last === undefined || compare(row, last) <= 0;
  }

  /** What comes behind all that is shown. */
  #append(rows: readonly T[]): void {
    const end = this.#shown.at(-1);
    const last = end === undefined ? undefined : this.#rows.get(end);
    const { compare } = this.#options;
    const more = rows.filter((row) => !this.#isShown.has(row.id) && (last === undefined || compare(row, last) > 0));
    if (more.length === 0) return;
    const room = ROWS_MAX - this.#shown.length;
    this.#show([...this.#shown, ...this.#inOrder(more.map(({ id }) => id)).slice(0, room)]);
  }

  #inOrder(ids: readonly string[]): string[] {
    const { compare } = this.#options;
    return ids.toSorted((a, b) => compare(this.#rows.get(a) as T, this.#rows.get(b) as T));
  }

  #show(ids: readonly string[]): void {
    this.#shown = ids;
    this.#isShown = new Set(ids);
    for (const id of this.#gone) if (!this.#isShown.has(id)) this.#gone.delete(id);
  }

  /** Rows that are neither shown nor in a part. */
  #forget(): void {
    const parts = this.#known();
    for (const id of this.#rows.keys())
      if (!this.#isShown.has(id) && !parts.some(({ members }) => members.has(id))) this.#rows.delete(id);
  }
}

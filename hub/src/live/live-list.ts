// The first rows of a long list that match a query, kept up with what changes: a change costs what it changes, and nothing is looked through
// again. What is there already is looked through once, a slice at a time, in the list's own order; where that is the order that is shown,
// only as far as is needed.

import { comparePlaces, type Matches, type RowPlace, type Sort } from '@agentcom/schemas';
import { OrderedList } from '../core/ordered-list.js';

export interface Slice<Thing> {
  readonly things: readonly Thing[];
  /** Where the next one begins; absent at the end. */
  readonly next?: string | undefined;
  /** How far was looked, where that is further than to the last of the things. */
  readonly upTo?: RowPlace | undefined;
}

/** What one look sees. */
export interface ListLook<Thing> {
  /** The next things behind a cursor, in the list's own order. */
  readonly slice: (cursor: string | undefined, max: number) => Slice<Thing>;
  /** One by its id, if it is there. */
  readonly find: (id: string) => Thing | undefined;
  /** How many match, where the state's own counters know. */
  readonly counted: () => number | undefined;
  readonly now: number;
}

export interface ListOptions<Thing> {
  readonly matches: Matches<Thing>;
  readonly placeOf: (thing: Thing) => RowPlace;
  readonly sort: Sort;
  /** Slices come in the order of `sort`. */
  readonly isInOrder: boolean;
  /** The rows that are shown. */
  readonly limit: number;
  /** How many match is found out by keeping all of them, up to so many; undefined where the state's counters know. */
  readonly countedMax: number | undefined;
}

const SLICE = 500;
/** Kept behind what is shown, for when something of that goes. */
const SPARE = 200;

export class LiveList<Thing> {
  readonly #options: ListOptions<Thing>;
  readonly #compare: (a: RowPlace, b: RowPlace) => number;
  readonly #keptMax: number;
  #entries: OrderedList<RowPlace>;
  readonly #byId = new Map<string, RowPlace>();
  #cursor: string | undefined;
  /** How far was looked, where slices are in order: what lies behind is not known. */
  #frontier: RowPlace | undefined;
  #isThrough = false;
  /** Some of what was seen and matches is not kept. */
  #isTrimmed = false;
  #isCounting: boolean;
  /** What is still to be looked at once more: what is kept, then what is there. */
  #again: { readonly kept: string[]; cursor: string | undefined } | undefined;

  constructor(options: ListOptions<Thing>) {
    this.#options = options;
    this.#compare = comparePlaces(options.sort);
    this.#entries = new OrderedList(this.#compare);
    this.#isCounting = options.countedMax !== undefined;
    this.#keptMax = Math.max(options.limit + SPARE, options.countedMax ?? 0);
  }

  /** Whether there is more to look at before all is right. */
  get needsLook(): boolean {
    return this.#again !== undefined || !this.isSettled || (this.#isCounting && !this.#isThrough);
  }

  /** Whether the first rows are right, though perhaps not how many match. */
  get isSettled(): boolean {
    const isFull = this.#entries.size >= this.#options.limit;
    return this.#isThrough ? isFull || !this.#isTrimmed : isFull && this.#options.isInOrder;
  }

  get #isWhole(): boolean {
    return this.#isThrough && !this.#isTrimmed;
  }

  total({ counted }: Pick<ListLook<Thing>, 'counted'>): number | undefined {
    return this.#isWhole ? this.#entries.size : counted();
  }

  /** Forgets everything: what is there is looked through anew. */
  restart(): void {
    this.#entries = new OrderedList(this.#compare);
    this.#byId.clear();
    this.#cursor = undefined;
    this.#frontier = undefined;
    this.#isThrough = false;
    this.#isTrimmed = false;
    this.#again = undefined;
    this.#isCounting = this.#options.countedMax !== undefined;
  }

  /** Time alone may have changed what matches: what was looked at is looked at once more, and shown as it is until then. */
  lookAgain(): void {
    if (this.#again !== undefined || !this.isSettled) return;
    // Out of order, the slices come to all that is kept.
    const kept = this.#options.isInOrder ? [...this.#byId.keys()] : [];
    this.#again = { kept, cursor: undefined };
  }

  /** Things that have changed, come or gone. */
  take(ids: Iterable<string>, look: ListLook<Thing>): void {
    const { matches, placeOf } = this.#options;
    for (const id of ids) {
      const thing = look.find(id);
      if (thing === undefined) this.#remove(id);
      else this.#put(placeOf(thing), matches(thing, look.now));
    }
    this.#trim();
  }

  /** Looks a slice further. */
  look(look: ListLook<Thing>): void {
    if (!this.isSettled || this.#again === undefined) return this.#lookOn(look);
    const { kept } = this.#again;
    if (kept.length > 0) return this.take(kept.splice(-SLICE), look);
    const { next, last } = this.#slice(this.#again.cursor, look, (place, isMatch) => this.#put(place, isMatch));
    const isBeyond = last !== undefined && this.#isUnknown(last);
    this.#again = next === undefined || isBeyond ? undefined : { kept, cursor: next };
    this.#trim();
  }

  #lookOn(look: ListLook<Thing>): void {
    if (this.#isThrough && this.#isTrimmed) this.restart();
    const { next, last } = this.#slice(this.#cursor, look, (place, isMatch) => this.#putKnown(place, isMatch));
    if (last !== undefined) this.#frontier = last;
    this.#cursor = next;
    this.#isThrough = next === undefined;
    this.#trim();
  }

  #slice(cursor: string | undefined, look: ListLook<Thing>, put: (place: RowPlace, isMatch: boolean) => void) {
    const { matches, placeOf } = this.#options;
    const { things, next, upTo } = look.slice(cursor, SLICE);
    let last: RowPlace | undefined;
    for (const thing of things) {
      last = placeOf(thing);
      put(last, matches(thing, look.now));
    }
    return { next, last: upTo ?? last };
  }

  /** The ids of the rows that are shown, in order. */
  *shown(): Iterable<string> {
    let left = this.#options.limit;
    for (const { id } of this.#entries.ascending()) {
      if (left-- === 0) return;
      yield id;
    }
  }

  /**
   * What of the shown rows a page may not have that has them as they were before these changed, and which it may have that are no longer shown; the
   * changed ones are among them. Undefined where that is more than a snapshot.
   */
  differs(changed: ReadonlySet<string>): { readonly put: string[]; readonly gone: string[] } | undefined {
    const { limit } = this.#options;
    if (changed.size > limit || !this.isSettled) return undefined;
    const put: string[] = [];
    const gone = new Set(changed);
    // As many of the others as have changed may have moved over the end of what is shown, either way.
    const unchanged: string[] = [];
    let place = 0;
    let shownOthers = 0;
    for (const { id } of this.#entries.ascending()) {
      const isShown = place++ < limit;
      if (isShown) {
        gone.delete(id);
        if (changed.has(id)) put.push(id);
        else shownOthers++;
      }
      if (!changed.has(id)) unchanged.push(id);
      if (unchanged.length >= limit && !isShown) break;
    }
    if (!this.#isWhole && unchanged.length < limit) return undefined;
    put.push(...unchanged.slice(Math.min(limit - changed.size, shownOthers), shownOthers));
    for (const id of unchanged.slice(shownOthers, limit)) gone.add(id);
    return { put, gone: [...gone] };
  }

  #put(place: RowPlace, isMatch: boolean): void {
    if (this.#isUnknown(place)) this.#remove(place.id);
    else this.#putKnown(place, isMatch);
  }

  #putKnown(place: RowPlace, isMatch: boolean): void {
    const known = this.#byId.get(place.id);
    if (!isMatch) return this.#remove(place.id);
    if (known !== undefined) {
      if (known.place === place.place) return;
      this.#entries.remove(known);
    }
    this.#byId.set(place.id, place);
    this.#entries.add(place);
  }

  #remove(id: string): void {
    const known = this.#byId.get(id);
    if (known === undefined) return;
    this.#byId.delete(id);
    this.#entries.remove(known);
  }

  /** Where it was not looked yet; it is found there in its turn. */
  #isUnknown(place: RowPlace): boolean {
    if (this.#isThrough || !this.#options.isInOrder) return false;
    return this.#frontier === undefined || this.#compare(place, this.#frontier) > 0;
  }

  /** What is kept beyond the bound is looked for again when it is needed. */
  #trim(): void {
    const keptMax = this.#keptMax;
    if (this.#entries.size <= 2 * keptMax) return;
    let place = 0;
    let last: RowPlace | undefined;
    const surplus: RowPlace[] = [];
    for (const entry of this.#entries.ascending()) {
      if (place++ < keptMax) last = entry;
      else surplus.push(entry);
    }
    for (const entry of surplus) this.#remove(entry.id);
    this.#isCounting = false;
    if (!this.#options.isInOrder) {
      this.#isTrimmed = true;
      return;
    }
    this.#frontier = last;
    this.#cursor = last?.id;
    this.#isThrough = false;
  }
}

// A view of the first rows of a long list: only what has changed is looked at, and only what is shown is made into rows.

import type { RowPlace, Sort } from '@agentcom/schemas';
import { type ListLook, LiveList } from './live-list.js';
import { RowLog } from './row-log.js';
import type { Differs, LiveSource, Look, Topic } from './source.js';

export interface ListSourceOptions<Thing> {
  readonly topics: readonly Topic[];
  readonly limit: number;
  readonly sort: Sort;
  readonly isInOrder: boolean;
  readonly countedMax: number | undefined;
  /** How long after everything was looked at it is once more, since more than changes makes a difference, ms. */
  readonly againMs: number | undefined;
  /** What may make a difference to all of them. */
  readonly againOn?: Topic;
  /** The changed ones of this list. */
  readonly changed: (look: Look) => ReadonlySet<string>;
  readonly lookOf: (look: Look) => ListLook<Thing>;
  readonly matches: (thing: Thing, now: number) => boolean;
  readonly placeOf: (thing: Thing) => RowPlace;
  /** As JSON. */
  readonly textOf: (thing: Thing, look: Look) => string;
  /** What of a row changes without a change of its own, looked at so often; empty for one of which nothing does, undefined where it is not known this time. */
  readonly signs?: { readonly everyMs: number; readonly of: (thing: Thing, look: Look) => string | undefined };
  /** A page may be shown some of the rows while the rest is looked for: it has what comes later as new. */
  readonly showsParts: boolean;
  /** A page that was away can be told what changed meanwhile. */
  readonly isResumable: boolean;
}

/** What one turn may take, ms, at most: other work waits for it. */
const TURN_MS = 4;
/** Rows of which one turn looks whether their signs are others. */
const SIGNS_PER_TURN = 500;

export class ListSource<Thing> implements LiveSource {
  readonly topics: ReadonlySet<Topic>;
  readonly refreshMs: number | undefined;
  readonly restMs = 0;
  readonly showsParts: boolean;
  readonly log = new RowLog();
  readonly #options: ListSourceOptions<Thing>;
  readonly #list: LiveList<Thing>;
  /** Shown, and to be made anew. */
  readonly #stale = new Set<string>();
  #isAllStale = false;
  #againAt = 0;
  /** With which the rows were made. */
  #signs = new Map<string, string>();
  /** Rows whose signs are to be looked at. */
  #unsure = new Set<string>();
  #signsAt = 0;

  constructor(options: ListSourceOptions<Thing>) {
    const { matches, placeOf, sort, isInOrder, limit, countedMax, topics, againMs, signs } = options;
    this.#options = options;
    this.showsParts = options.showsParts;
    this.#list = new LiveList({ matches, placeOf, sort, isInOrder, limit, countedMax });
    this.topics = new Set(topics);
    this.refreshMs = againMs ?? signs?.everyMs;
  }

  get isSettled(): boolean {
    return this.#list.isSettled;
  }

  get needsLook(): boolean {
    return this.#list.needsLook || this.#unsure.size > 0;
  }

  look(look: Look): void {
    const { changed, lookOf, againOn, signs } = this.#options;
    const seen = lookOf(look);
    const ids = changed(look);
    this.#list.take(ids, seen);
    for (const id of ids) this.#stale.add(id);
    if (againOn !== undefined && look.pending.topics.has(againOn)) {
      this.#againAt = look.now;
      this.#doubtShown();
    }
    this.#lookAgain(look.now);
    if (signs !== undefined && look.now >= this.#signsAt && this.#unsure.size === 0) {
      this.#signsAt = look.now + signs.everyMs;
      for (const id of this.#list.shown()) this.#unsure.add(id);
    }
    const from = look.cpuNow();
    while (this.#list.needsLook && look.cpuNow() - from < TURN_MS) this.#list.look(seen);
    this.log.replace(this.#rows(look, seen), this.#list.total(seen));
    this.#stale.clear();
    this.#isAllStale = false;
  }

  #lookAgain(now: number): void {
    const { againMs } = this.#options;
    if (againMs === undefined || now < this.#againAt || this.#list.needsLook) return;
    this.#againAt = now + againMs;
    this.#list.lookAgain();
    this.#doubtShown();
  }

  /** Rows that a page has kept while it was away must change by what the changes say alone. */
  #doubtShown(): void {
    if (!this.#options.isResumable) for (const id of this.#list.shown()) this.#stale.add(id);
  }

  restart(): void {
    this.#list.restart();
    this.#isAllStale = true;
  }

  /** Signs may be others than they were without a word of it. */
  differs(tasks: ReadonlySet<string>): Differs | undefined {
    const differs = this.#options.isResumable ? this.#list.differs(tasks) : undefined;
    if (differs === undefined || this.#signs.size === 0) return differs;
    const put = new Set(differs.put);
    for (const id of this.#list.shown()) if (this.#signs.has(id)) put.add(id);
    return { put: [...put], gone: differs.gone };
  }

  *#rows(look: Look, { find }: ListLook<Thing>): Iterable<readonly [string, string]> {
    const { signs, textOf } = this.#options;
    const signed = new Map<string, string>();
    const unsure = new Set<string>();
    let left = SIGNS_PER_TURN;
    for (const id of this.#list.shown()) {
      const known = this.#isAllStale || this.#stale.has(id) ? undefined : this.log.textOf(id);
      const isUnsure = known === undefined || this.#unsure.has(id);
      const thing = known === undefined || (isUnsure && left-- > 0) ? find(id) : undefined;
      if (known === undefined && thing === undefined) continue;
      const was = this.#signs.get(id) ?? '';
      const sign = signs === undefined ? '' : thing && signs.of(thing, look);
      if (isUnsure && sign === undefined) unsure.add(id);
      const text = known !== undefined && (sign ?? was) === was ? known : thing && textOf(thing, look);
      if (text === undefined) continue;
      const now = sign ?? (text === known ? was : '');
      if (now !== '') signed.set(id, now);
      yield [id, text];
    }
    this.#signs = signed;
    this.#unsure = unsure;
  }
}

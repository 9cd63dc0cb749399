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
  /** The changed ones of this list. */
  readonly changed: (look: Look) => ReadonlySet<string>;
  readonly lookOf: (look: Look) => ListLook<Thing>;
  readonly matches: (thing: Thing, now: number) => boolean;
  readonly placeOf: (thing: Thing) => RowPlace;
  /** As JSON. */
  readonly textOf: (thing: Thing, look: Look) => string;
  /** A page that was away can be told what changed meanwhile. */
  readonly isResumable: boolean;
}

/** What one turn may take, ms, at most: other work waits for it. */
const TURN_MS = 4;

export class ListSource<Thing> implements LiveSource {
  readonly topics: ReadonlySet<Topic>;
  readonly refreshMs: number | undefined;
  readonly restMs = 0;
  readonly showsParts = true;
  readonly log = new RowLog();
  readonly #options: ListSourceOptions<Thing>;
  readonly #list: LiveList<Thing>;
  /** Shown, and to be made anew. */
  readonly #stale = new Set<string>();
  #isAllStale = false;
  #againAt = 0;

  constructor(options: ListSourceOptions<Thing>) {
    const { matches, placeOf, sort, isInOrder, limit, countedMax, topics, againMs } = options;
    this.#options = options;
    this.#list = new LiveList({ matches, placeOf, sort, isInOrder, limit, countedMax });
    this.topics = new Set(topics);
    this.refreshMs = againMs;
  }

  get isSettled(): boolean {
    return this.#list.isSettled;
  }

  get needsLook(): boolean {
    return this.#list.needsLook;
  }

  look(look: Look): void {
    const { changed, lookOf, againMs } = this.#options;
    const seen = lookOf(look);
    const ids = changed(look);
    this.#list.take(ids, seen);
    for (const id of ids) this.#stale.add(id);
    if (againMs !== undefined && look.now >= this.#againAt && !this.#list.needsLook) {
      this.#againAt = look.now + againMs;
      this.#list.lookAgain();
      if (!this.#options.isResumable) for (const id of this.#list.shown()) this.#stale.add(id);
    }
    const from = performance.now();
    while (this.#list.needsLook && performance.now() - from < TURN_MS) this.#list.look(seen);
    this.log.replace(this.#rows(look, seen), this.#list.total(seen));
    this.#stale.clear();
    this.#isAllStale = false;
  }

  restart(): void {
    this.#list.restart();
    this.#isAllStale = true;
  }

  differs(tasks: ReadonlySet<string>): Differs | undefined {
    return this.#options.isResumable ? this.#list.differs(tasks) : undefined;
  }

  *#rows(look: Look, { find }: ListLook<Thing>): Iterable<readonly [string, string]> {
    for (const id of this.#list.shown()) {
      const known = this.#isAllStale || this.#stale.has(id) ? undefined : this.log.textOf(id);
      if (known !== undefined) {
        yield [id, known];
        continue;
      }
      const thing = find(id);
      if (thing !== undefined) yield [id, this.#options.textOf(thing, look)];
    }
  }
}

// The rows of one view, as a page keeps them. Pure. What is shown changes in place and never moves: rows that are new wait until somebody asks
// for them, and rows that are gone stay where they were, marked, until nobody points at the list.

export interface Row {
  readonly id: string;
}

export interface LiveList<T extends Row> {
  /** Up to where the hub had read; undefined until it has answered. */
  readonly seq: number | undefined;
  /** How many there are in all, where the hub knows. */
  readonly total: number | undefined;
  /** By id: all that is shown or waits. */
  readonly rows: ReadonlyMap<string, T>;
  /** In order. */
  readonly shown: readonly string[];
  /** New since the list was shown. */
  readonly waiting: readonly string[];
  /** Shown still, although they are not in the view any more. */
  readonly gone: ReadonlySet<string>;
}

export interface Snapshot<T extends Row> {
  readonly seq: number;
  readonly total?: number | undefined;
  readonly items: readonly T[];
}

export interface Delta<T extends Row> {
  readonly seq: number;
  readonly total?: number | undefined;
  readonly put: readonly T[];
  readonly gone: readonly string[];
}

export function emptyList<T extends Row>(): LiveList<T> {
  return { seq: undefined, total: undefined, rows: new Map(), shown: [], waiting: [], gone: new Set() };
}

/** All rows. Those that are shown already stay in their places. */
export function onSnapshot<T extends Row>(list: LiveList<T>, { seq, total, items }: Snapshot<T>): LiveList<T> {
  const ids = items.map(({ id }) => id);
  const rows = new Map(items.map((item) => [item.id, item]));
  if (list.shown.length === 0) return { seq, total, rows, shown: ids, waiting: [], gone: new Set() };
  const shown = new Set(list.shown);
  const gone = list.shown.filter((id) => !rows.has(id));
  for (const id of gone) {
    const row = list.rows.get(id);
    if (row !== undefined) rows.set(id, row);
  }
  return { seq, total, rows, shown: list.shown, waiting: ids.filter((id) => !shown.has(id)), gone: new Set(gone) };
}

/** What is different. */
export function onDelta<T extends Row>(list: LiveList<T>, delta: Delta<T>): LiveList<T> {
  const rows = new Map(list.rows);
  const gone = new Set(list.gone);
  const left = new Set(delta.gone);
  if (left.size > 0) {
    const shown = new Set(list.shown);
    for (const id of left) {
      if (shown.has(id)) gone.add(id);
      else rows.delete(id);
    }
  }
  const fresh: string[] = [];
  for (const row of delta.put) {
    rows.set(row.id, row);
    gone.delete(row.id);
    if (!list.rows.has(row.id)) fresh.push(row.id);
  }
  const waiting = [...list.waiting.filter((id) => !left.has(id) || rows.has(id)), ...fresh];
  const next = { seq: delta.seq, total: delta.total ?? list.total, rows, gone };
  // Nothing can move where nothing is.
  if (list.shown.length === 0) return { ...next, shown: waiting, waiting: [] };
  return { ...next, shown: list.shown, waiting };
}

/** Takes away what is gone, when nobody points at the list. */
export function dropGone<T extends Row>(list: LiveList<T>): LiveList<T> {
  if (list.gone.size === 0) return list;
  const rows = new Map(list.rows);
  for (const id of list.gone) rows.delete(id);
  const shown = list.shown.filter((id) => rows.has(id));
  // Nothing can move where nothing is.
  if (shown.length === 0) return { ...list, rows, shown: list.waiting, waiting: [], gone: new Set() };
  return { ...list, rows, shown, gone: new Set() };
}

/** Everything that there is now, in order: the new rows as well. */
export function showAll<T extends Row>(list: LiveList<T>, compare?: (a: T, b: T) => number): LiveList<T> {
  const kept = dropGone(list);
  const ids = [...kept.waiting, ...kept.shown];
  const rows = ids.map((id) => kept.rows.get(id)).filter((row): row is T => row !== undefined);
  const sorted = compare === undefined ? rows : rows.toSorted(compare);
  return { ...kept, shown: sorted.map(({ id }) => id), waiting: [] };
}

/** The rows that are shown. */
export function shownRows<T extends Row>({ shown, rows }: LiveList<T>): readonly T[] {
  return shown.map((id) => rows.get(id)).filter((row): row is T => row !== undefined);
}

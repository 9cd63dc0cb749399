// The rows of one view as they were last told, each as JSON, and what became different since any earlier version: a page that was not told for a
// while gets the newest state in one delta, however much happened meanwhile.

export interface RowDelta {
  /** JSON of a list of rows, and of a list of ids. */
  readonly put: string;
  readonly gone: string;
}

interface Kept {
  readonly text: string;
  readonly version: number;
}

/** Ids that went away are remembered up to so many; a page that has not heard of older ones gets a snapshot. */
const GONE_KEPT = 2_000;

export class RowLog {
  #rows = new Map<string, Kept>();
  #gone: { readonly id: string; readonly version: number }[] = [];
  /** Before that version it is not known what went away. */
  #goneSince = 0;
  #version = 0;
  #total: number | undefined;
  /** Of the newest version. */
  #snapshot: string | undefined;
  /** By the version that a page has. */
  readonly #deltas = new Map<number, RowDelta>();

  /** Grows whenever a row or the total is different. */
  get version(): number {
    return this.#version;
  }

  get total(): number | undefined {
    return this.#total;
  }

  /** As JSON. */
  textOf(id: string): string | undefined {
    return this.#rows.get(id)?.text;
  }

  /** All rows there are now, in order. */
  replace(rows: Iterable<readonly [id: string, text: string]>, total: number | undefined): void {
    const before = this.#rows;
    const next = this.#version + 1;
    const now = new Map<string, Kept>();
    let isDifferent = total !== this.#total;
    for (const [id, text] of rows) {
      const known = before.get(id);
      const isSame = known !== undefined && known.text === text;
      now.set(id, isSame ? known : { text, version: next });
      if (!isSame) isDifferent = true;
    }
    for (const id of before.keys()) {
      if (now.has(id)) continue;
      isDifferent = true;
      this.#gone.push({ id, version: next });
    }
    this.#rows = now;
    if (!isDifferent) return;
    this.#version = next;
    this.#total = total;
    this.#snapshot = undefined;
    this.#deltas.clear();
    const surplus = this.#gone.length - GONE_KEPT;
    if (surplus > 0) {
      this.#goneSince = this.#gone[surplus - 1]?.version ?? next;
      this.#gone = this.#gone.slice(surplus);
    }
  }

  /** JSON of the list of all rows, in order. */
  snapshot(): string {
    this.#snapshot ??= `[${[...this.#rows.values()].map(({ text }) => text).join(',')}]`;
    return this.#snapshot;
  }

  /** What a page has to be told that has that version; undefined where only a snapshot helps. */
  since(version: number): RowDelta | undefined {
    if (version < this.#goneSince) return undefined;
    const known = this.#deltas.get(version);
    if (known !== undefined) return known;
    const put: string[] = [];
    for (const row of this.#rows.values()) if (row.version > version) put.push(row.text);
    const gone = new Set<string>();
    for (const { id, version: at } of this.#gone) if (at > version && !this.#rows.has(id)) gone.add(id);
    const delta = { put: `[${put.join(',')}]`, gone: JSON.stringify([...gone]) };
    this.#deltas.set(version, delta);
    return delta;
  }
}

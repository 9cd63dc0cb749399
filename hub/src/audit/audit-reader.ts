// Pages of the audit log of one organisation, newest first, each checked against the hashes that its records keep of each other.

import { type AuditBreak, type AuditEntry, type AuditPage, type AuditQuery, LIMITS } from '@agentcom/schemas';
import { type AuditRecords, decodeRecord, hashRecord, type StoredEntry } from './records.js';

/** Records that one page may cost, and those that are read at once. */
const RECORDS_MAX = 512;
const AT_ONCE = 16;
/** How much older than their record entries may be: what was counted for a minute. */
const ENTRY_AGE_MS = 120_000;

/** The last entry of the page before: its record and its place there. */
interface Place {
  readonly record: number;
  readonly entry: number;
}

export class AuditReader {
  constructor(private readonly records: AuditRecords) {}

  async page(org: string, query: AuditQuery): Promise<AuditPage> {
    const range = await this.records.range(org);
    if (range === undefined) return { items: [], nextCursor: null, breaks: [] };
    const cursor = placeOf(query.cursor);
    const start = cursor?.record ?? (await this.#start(org, range, query.until));
    const page = new PageBuilder(query, cursor);
    let next = Math.min(start, range.newest);
    for (let read = 0; read < RECORDS_MAX && next >= range.oldest; read += AT_ONCE) {
      const numbers = Array.from({ length: Math.min(AT_ONCE, next - range.oldest + 1) }, (_, i) => next - i);
      const found = await Promise.all(numbers.map((number) => this.records.get(org, number)));
      for (const [i, number] of numbers.entries()) {
        page.add(number, found[i] ?? null);
        if (page.isPastSince) return page.finish(null);
        if (page.isFull) return page.finish(page.hasMoreOfRecord || number > range.oldest ? page.last : null);
      }
      next -= numbers.length;
    }
    return page.finish(next >= range.oldest ? { record: next + 1, entry: 0 } : null);
  }

  /** The newest record that can hold an entry from before `until`. */
  async #start(
    org: string,
    { oldest, newest }: { readonly oldest: number; readonly newest: number },
    until: string | undefined,
  ): Promise<number> {
    if (until === undefined) return newest;
    const latest = Date.parse(until) + ENTRY_AGE_MS;
    let [low, high] = [oldest, newest];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const bytes = await this.records.get(org, middle);
      const at = bytes === null ? undefined : decodeRecord(bytes)?.at;
      // What cannot be read decides nothing: it is left to the page to say so.
      if (at === undefined) return newest;
      if (at <= latest) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Takes records from the newest on. */
class PageBuilder {
  readonly #items: AuditEntry[] = [];
  readonly #breaks: AuditBreak[] = [];
  readonly #limit: number;
  readonly #since: number;
  /** What the record read before this one says that its hash is. */
  #expected: string | null | undefined;
  last: Place | undefined;
  hasMoreOfRecord = false;
  /** Everything from here on is older than what is asked for. */
  isPastSince = false;

  constructor(
    private readonly query: AuditQuery,
    private readonly cursor: Place | undefined,
  ) {
    this.#limit = query.limit ?? LIMITS.pageItemsDefault;
    this.#since = query.since === undefined ? 0 : Date.parse(query.since);
  }

  get isFull(): boolean {
    return this.#items.length >= this.#limit;
  }

  add(number: number, bytes: Uint8Array | null): void {
    const expected = this.#expected;
    this.#expected = undefined;
    if (bytes === null) return void this.#breaks.push({ record: number, kind: 'missing' });
    const record = decodeRecord(bytes);
    const isAltered = expected !== undefined && expected !== hashRecord(bytes);
    if (isAltered || record === undefined) this.#breaks.push({ record: number, kind: 'altered' });
    if (record === undefined) return;
    this.#expected = record.prev;
    if (record.at < this.#since) {
      this.isPastSince = true;
      return;
    }
    const newest = this.cursor?.record === number ? this.cursor.entry - 1 : record.entries.length - 1;
    for (let entry = newest; entry >= 0 && !this.isFull; entry--) {
      const stored = record.entries[entry];
      if (stored === undefined || !matches(stored, this.query)) continue;
      this.#items.push({ id: `${number}.${entry}`, ...stored });
      this.last = { record: number, entry };
      this.hasMoreOfRecord = entry > 0;
    }
  }

  finish(next: Place | null | undefined): AuditPage {
    const nextCursor = next === null || next === undefined ? null : `${next.record}.${next.entry}`;
    return { items: this.#items, nextCursor, breaks: this.#breaks };
  }
}

function placeOf(cursor: string | undefined): Place | undefined {
  const [record, entry] = (cursor ?? '').split('.').map(Number);
  return cursor === undefined ? undefined : { record: record ?? 0, entry: entry ?? 0 };
}

function matches(entry: StoredEntry, { since, until, caller, action, target, outcome }: AuditQuery): boolean {
  const at = Date.parse(entry.at);
  return (
    (since === undefined || at >= Date.parse(since)) &&
    (until === undefined || at < Date.parse(until)) &&
    (caller === undefined || entry.caller === caller || entry.name === caller) &&
    (action === undefined || entry.action === action || entry.route === action) &&
    (target === undefined || entry.target === target) &&
    (outcome === undefined || entry.outcome === outcome)
  );
}

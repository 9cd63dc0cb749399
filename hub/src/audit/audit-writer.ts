// Gathers what is audited and writes it, one record for each organisation and batch. Nobody waits for it: while it cannot be stored it is kept,
// as far as there is room, and tried again.

import type { AuditFact, Scheduler } from '@agentcom/schemas';
import { iso } from '../core/iso.js';
import { Lifecycle } from '../lifecycle.js';
import {
  type AuditHead,
  type AuditRecord,
  type AuditRecords,
  decodeRecord,
  encodeRecord,
  hashRecord,
  NO_RECORDS,
  type StoredEntry,
} from './records.js';
import { omittedEntry, RefusalTally } from './refusal-tally.js';

const GATHER_MS = 200;
const RETRY_MS = 1_000;
/** At about 1 KiB each at most, a record is far below what its stream takes. */
const RECORD_ENTRIES = 256;
/** Of all organisations together, until they are stored. */
const HELD_ENTRIES = 10_000;
/** Other hubs may be faster so many times in a row. */
const CONFLICTS = 8;

export interface AuditWriterParts {
  readonly records: AuditRecords;
  readonly scheduler: Scheduler;
  /** ms. */
  readonly now: () => number;
  /** `isFirst`: the write of that organisation before did not fail. */
  readonly onFailed: (error: unknown, isFirst: boolean) => void;
  readonly onOmitted: () => void;
}

/** What of one organisation is still to be written. */
class Trail {
  readonly tally = new RefusalTally();
  readonly pending: StoredEntry[] = [];
  /** The record under way: the same when it is tried again. */
  sending: { readonly at: number; readonly entries: readonly StoredEntry[] } | undefined;
  /** Undefined: to be looked up. */
  head: AuditHead | undefined;
  omitted = 0;
  writing: Promise<void> | undefined;
  hasFailed = false;
  /** Not before, ms. */
  retryAt = 0;

  constructor(readonly org: string) {}

  get isWritten(): boolean {
    return this.sending === undefined && this.pending.length === 0 && this.omitted === 0;
  }
}

export class AuditWriter extends Lifecycle {
  readonly #parts: AuditWriterParts;
  readonly #trails = new Map<string, Trail>();
  #held = 0;
  #cancel: (() => void) | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #lastAt = Number.NaN;
  #lastIso = '';

  constructor(parts: AuditWriterParts) {
    super();
    this.#parts = parts;
  }

  /** Never fails and never waits. */
  record(org: string, fact: AuditFact): void {
    const trail = this.#trailOf(org);
    const now = this.#parts.now();
    const entry = fact.outcome === 'refused' ? trail.tally.add(fact, now) : { at: this.#isoOf(now), ...fact };
    if (entry !== undefined) this.#hold(trail, entry);
    const gatheredAt = now + (trail.pending.length < RECORD_ENTRIES ? GATHER_MS : 0);
    if (trail.pending.length > 0) this.#flushBy(Math.max(gatheredAt, trail.retryAt));
    else this.#flushBy(trail.tally.endsAt ?? Number.POSITIVE_INFINITY);
  }

  /** Writes all that there is, counts included. */
  protected override async end(): Promise<void> {
    this.#cancel?.();
    for (const trail of this.#trails.values()) this.#closeTally(trail);
    // What was under way may have begun before the last entries came.
    for (let round = 0; round < 2; round++) await this.#flush();
  }

  /** Many are recorded in the same moment. */
  #isoOf(now: number): string {
    if (now !== this.#lastAt) {
      this.#lastAt = now;
      this.#lastIso = iso(now);
    }
    return this.#lastIso;
  }

  #trailOf(org: string): Trail {
    let trail = this.#trails.get(org);
    if (trail === undefined) {
      trail = new Trail(org);
      this.#trails.set(org, trail);
    }
    return trail;
  }

  #hold(trail: Trail, entry: StoredEntry): void {
    if (this.#held >= HELD_ENTRIES) {
      trail.omitted++;
      this.#parts.onOmitted();
      return;
    }
    this.#held++;
    trail.pending.push(entry);
  }

  #closeTally(trail: Trail): void {
    for (const entry of trail.tally.close(this.#parts.now())) this.#hold(trail, entry);
  }

  #flushBy(at: number): void {
    if (this.isStopping || at >= this.#dueAt) return;
    this.#cancel?.();
    this.#dueAt = at;
    this.#cancel = this.#parts.scheduler.after(Math.max(0, at - this.#parts.now()), () => {
      this.#dueAt = Number.POSITIVE_INFINITY;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const now = this.#parts.now();
    const writing: Promise<void>[] = [];
    for (const trail of this.#trails.values()) {
      const endsAt = trail.tally.endsAt ?? Number.POSITIVE_INFINITY;
      if (endsAt <= now) this.#closeTally(trail);
      else this.#flushBy(endsAt);
      if (trail.isWritten) continue;
      if (trail.retryAt > now && !this.isStopping) {
        this.#flushBy(trail.retryAt);
        continue;
      }
      trail.writing ??= this.#write(trail).finally(() => {
        trail.writing = undefined;
      });
      writing.push(trail.writing);
    }
    await Promise.all(writing);
  }

  async #write(trail: Trail): Promise<void> {
    const { now, onFailed } = this.#parts;
    try {
      while (!trail.isWritten) {
        trail.sending ??= this.#take(trail);
        trail.head = await this.#append(trail, trail.sending);
        this.#held -= trail.sending.entries.length;
        trail.sending = undefined;
        trail.hasFailed = false;
      }
    } catch (error) {
      trail.head = undefined;
      onFailed(error, !trail.hasFailed);
      trail.hasFailed = true;
      trail.retryAt = now() + RETRY_MS;
      this.#flushBy(trail.retryAt);
    }
  }

  #take(trail: Trail): NonNullable<Trail['sending']> {
    const at = this.#parts.now();
    const entries = trail.pending.splice(0, RECORD_ENTRIES);
    if (trail.omitted === 0) return { at, entries };
    const omitted = omittedEntry(trail.omitted, at);
    trail.omitted = 0;
    this.#held++;
    return { at, entries: [...entries, omitted] };
  }

  /** Behind the newest record, whoever wrote that. */
  async #append({ org, head: known }: Trail, { at, entries }: NonNullable<Trail['sending']>): Promise<AuditHead> {
    const { records } = this.#parts;
    let head = known;
    for (let conflicts = 0; conflicts < CONFLICTS; conflicts++) {
      if (head === undefined) {
        const newest = await this.#newest(org);
        head = newest.head;
        // It was stored and the answer was lost.
        if (newest.record !== undefined && isSame(newest.record, at, entries)) return head;
      }
      const number = head.number + 1;
      const bytes = encodeRecord({ org, at, prev: head.hash, entries });
      if (await records.put(org, number, bytes)) return { number, hash: hashRecord(bytes) };
      head = undefined;
    }
    throw new Error('other hubs write to the audit log faster than this one');
  }

  async #newest(org: string): Promise<{ readonly head: AuditHead; readonly record: AuditRecord | undefined }> {
    const { records } = this.#parts;
    const number = (await records.range(org))?.newest;
    const bytes = number === undefined ? null : await records.get(org, number);
    if (number === undefined) return { head: NO_RECORDS, record: undefined };
    // A damaged one stands where it is, and readers are told.
    if (bytes === null) return { head: { number, hash: null }, record: undefined };
    return { head: { number, hash: hashRecord(bytes) }, record: decodeRecord(bytes) };
  }
}

function isSame(record: AuditRecord, at: number, entries: readonly StoredEntry[]): boolean {
  return record.at === at && JSON.stringify(record.entries) === JSON.stringify(entries);
}

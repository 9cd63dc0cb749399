// The stored form of a batch: one JSON text, put together from events that were encoded when they were decided,
// and chained to its predecessor by the SHA-256 of that one's stored bytes.

import { hash } from 'node:crypto';
import type { Batch, JournalHead, StoredBatch } from '../../coordinator/ports.js';
import type { Event } from '../../core/events.js';

export const BATCH_VERSION = 1;

/** What can be wrong with a message in the place where it was found. */
export type BreakKind = 'gap' | 'damaged' | 'rewritten' | 'foreign' | 'newer';

/** Message `seq` does not continue the journal; everything before it does. */
export class ChainBroken extends Error {
  override readonly name = 'ChainBroken';
  constructor(
    readonly kind: BreakKind,
    readonly seq: number,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(reason, options);
  }
}

/** SHA-256 in lower-case hex. */
export function sha256(bytes: Uint8Array | string): string {
  return hash('sha256', bytes, 'hex');
}

/** The bytes to store for `batch` directly after `after`. */
export function encode(batch: Batch, after: JournalHead): Uint8Array {
  const head = JSON.stringify({
    v: BATCH_VERSION,
    journal: after.journal,
    epoch: batch.epoch,
    id: batch.id,
    seq: after.seq + 1,
    at: batch.at,
    hub: batch.hub,
    prev: after.hash,
  });
  return Buffer.from(`${head.slice(0, -1)},"events":[${batch.events.join(',')}]}`);
}

/** The journal's end once `bytes` are stored after `after`. */
export function headAfter(after: JournalHead, bytes: Uint8Array): JournalHead {
  return { journal: after.journal, seq: after.seq + 1, hash: sha256(bytes) };
}

/** The end of a journal nothing is known of yet; the first batch read after it names the journal. */
export const EMPTY_HEAD: JournalHead = { journal: '', seq: 0, hash: '' };

/** Reads the message stored at `seq` as the one that follows `after`. Throws ChainBroken when it does not. */
export function decode(bytes: Uint8Array, seq: number, after: JournalHead): StoredBatch {
  if (seq !== after.seq + 1) {
    throw new ChainBroken('gap', seq, `message ${after.seq + 1} is missing; the next one there is ${seq}`);
  }
  const stored = parse(bytes, seq);
  if (after.journal !== '' && stored.journal !== after.journal) {
    throw new ChainBroken('foreign', seq, `message ${seq} is of journal ${stored.journal}, not of ${after.journal}`);
  }
  if (stored.seq !== seq) {
    throw new ChainBroken('rewritten', seq, `message ${seq} was written as number ${stored.seq}`);
  }
  if (stored.prev !== after.hash) {
    throw new ChainBroken('rewritten', seq, `message ${seq} was written after another message ${after.seq}`);
  }
  return {
    id: stored.id,
    epoch: stored.epoch,
    at: stored.at,
    hub: stored.hub,
    events: stored.events,
    head: { journal: stored.journal, seq, hash: sha256(bytes) },
  };
}

interface StoredForm {
  readonly journal: string;
  readonly epoch: number;
  readonly id: string;
  readonly seq: number;
  readonly at: number;
  readonly hub: string;
  readonly prev: string;
  readonly events: readonly Event[];
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function parse(bytes: Uint8Array, seq: number): StoredForm {
  let value: unknown;
  try {
    value = JSON.parse(UTF8.decode(bytes));
  } catch (cause) {
    throw new ChainBroken('damaged', seq, `message ${seq} is not a readable batch`, { cause });
  }
  const version = versionOf(value);
  if (version !== undefined && version > BATCH_VERSION) {
    throw new ChainBroken(
      'newer',
      seq,
      `message ${seq} has format ${version}; this AgentCom reads up to ${BATCH_VERSION}`,
    );
  }
  if (version !== BATCH_VERSION || !isStoredForm(value)) {
    throw new ChainBroken('damaged', seq, `message ${seq} is not a batch`);
  }
  return value;
}

function versionOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null || !('v' in value)) return undefined;
  return typeof value.v === 'number' ? value.v : undefined;
}

function isStoredForm(value: unknown): value is StoredForm {
  const form = value as Partial<Record<keyof StoredForm, unknown>>;
  return (
    typeof form.journal === 'string' &&
    form.journal !== '' &&
    typeof form.epoch === 'number' &&
    typeof form.id === 'string' &&
    typeof form.seq === 'number' &&
    typeof form.at === 'number' &&
    typeof form.hub === 'string' &&
    typeof form.prev === 'string' &&
    Array.isArray(form.events)
  );
}

// Records of the audit log: some entries of one organisation that were written together, numbered from 1, each with the hash of the one before
// it. So whatever is changed or left out between two records is found.

import { createHash } from 'node:crypto';
import type { AuditEntry } from '@agentcom/schemas';

export type StoredEntry = Omit<AuditEntry, 'id'>;

export interface AuditRecord {
  readonly v: 1;
  readonly org: string;
  /** When it was written, ms: no entry of it is younger. */
  readonly at: number;
  /** SHA-256 of the record before, in hex; null for the first. */
  readonly prev: string | null;
  readonly entries: readonly StoredEntry[];
}

/** The newest record: what the next one continues. */
export interface AuditHead {
  readonly number: number;
  readonly hash: string | null;
}

export const NO_RECORDS: AuditHead = { number: 0, hash: null };

export function encodeRecord(record: Omit<AuditRecord, 'v'>): Uint8Array {
  return Buffer.from(JSON.stringify({ v: 1, ...record }));
}

/** Undefined for what is none. */
export function decodeRecord(bytes: Uint8Array): AuditRecord | undefined {
  try {
    const record = JSON.parse(Buffer.from(bytes).toString()) as Partial<AuditRecord> | null;
    return record?.v === 1 && Array.isArray(record.entries) ? (record as AuditRecord) : undefined;
  } catch {
    return undefined;
  }
}

export function hashRecord(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Where records are kept, by organisation and number. */
export interface AuditRecords {
  /** The number of the newest and of the oldest that is there; undefined when there are none. */
  range(org: string): Promise<{ readonly oldest: number; readonly newest: number } | undefined>;
  get(org: string, number: number): Promise<Uint8Array | null>;
  /** Durable once it resolves with true; false when there is one of that number. Rejects when neither is known. */
  put(org: string, number: number, bytes: Uint8Array): Promise<boolean>;
}

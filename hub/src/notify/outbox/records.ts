// What is kept of a delivery, as it is stored: the whole of it while it may still be sent, and how it went for a while after.

import { clip } from '@agentcom/schemas';
import type { Delivery, DeliveryStatus } from '../ports.js';

export interface DeliveryRecord extends DeliveryStatus {
  /** Of all deliveries, in which they were given. */
  readonly order: number;
  /** When it was given, or was replayed: it is tried for a day. */
  readonly givenAt: number;
  /** Since when its group waits: a digest does not wait longer because something changed. */
  readonly waitsSince: number;
  /** Absent once it will not be sent again. */
  readonly delivery?: Delivery;
  /** It took the place of others of its group, and one of those was tried: somebody may have seen it. */
  readonly isTried?: boolean;
  /** Of a closing that took the place of an opening which nobody can have seen. */
  readonly isUntold?: boolean;
  /** What the provider answered, for the next message of the group. */
  readonly ref?: string;
  /** Of one that was sent and leaves its group open: in a message of its own, or in one with others, which is not changed any more. */
  readonly open?: 'alone' | 'together';
}

/** Records as they are stored, each under its delivery. */
export interface DeliveryRecords {
  /** All, in no order that means anything. */
  read(each: (record: DeliveryRecord) => void): Promise<void>;
  /** Resolves when it is durable, in place of what was stored of the same delivery. */
  put(record: DeliveryRecord): Promise<void>;
  /** Resolves when nothing of the delivery is stored any more. */
  remove(delivery: Pick<DeliveryRecord, 'id' | 'channel'>): Promise<void>;
}

const TEXT_BYTES = 16_384;
const WHY_BYTES = 500;
const TITLE_BYTES = 500;

export function newRecord(delivery: Delivery, order: number, now: number): DeliveryRecord {
  const { id, channel, org, notification } = delivery;
  const { text, excerpt } = notification;
  const bounded = { ...notification, text: clip(text, TEXT_BYTES) };
  return {
    id,
    channel,
    org,
    group: notification.group,
    title: clip(notification.title, TITLE_BYTES),
    state: 'queued',
    at: now,
    attempts: 0,
    order,
    givenAt: now,
    waitsSince: now,
    delivery: {
      ...delivery,
      notification: excerpt === undefined ? bounded : { ...bounded, excerpt: clip(excerpt, TEXT_BYTES) },
    },
  };
}

export function isPending({ state }: DeliveryRecord): boolean {
  return state === 'queued' || state === 'retrying';
}

export function isPage({ delivery }: DeliveryRecord): boolean {
  return delivery?.notification.severity === 'page';
}

/** The end of one that will not be sent again. */
export function finished(
  record: DeliveryRecord,
  state: 'sent' | 'skipped',
  at: number,
  more: Pick<DeliveryRecord, 'why' | 'ref' | 'open'> = {},
): DeliveryRecord {
  const { delivery: _sent, nextAt: _due, why: _before, ...rest } = record;
  return { ...rest, state, at, ...more };
}

export function dead(record: DeliveryRecord, at: number, why: string): DeliveryRecord {
  const { nextAt: _due, ...rest } = record;
  return { ...rest, state: 'dead', at, why: clip(why, WHY_BYTES) };
}

/** Dead as well, but nothing of what it said is kept: it cannot be replayed. */
export function givenUp({ delivery: _unsent, ...record }: DeliveryRecord, at: number, why: string): DeliveryRecord {
  return dead(record, at, why);
}

export function retrying(record: DeliveryRecord, at: number, why: string, nextAt: number): DeliveryRecord {
  return { ...record, state: 'retrying', at, why: clip(why, WHY_BYTES), nextAt };
}

/** What a reader is told. */
export function statusOf({
  id,
  channel,
  org,
  group,
  title,
  state,
  at,
  attempts,
  why,
  nextAt,
}: DeliveryRecord): DeliveryStatus {
  const more = { ...(why !== undefined && { why }), ...(nextAt !== undefined && { nextAt }) };
  return { id, channel, org, group, title, state, at, attempts, ...more };
}

export function encodeRecord(record: DeliveryRecord): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record));
}

/** Undefined for what is none, or is none of this version. */
export function decodeRecord(bytes: Uint8Array): DeliveryRecord | undefined {
  try {
    const value = JSON.parse(new TextDecoder().decode(bytes)) as Partial<DeliveryRecord> | null;
    const isOne = typeof value?.id === 'string' && typeof value.channel === 'string' && typeof value.order === 'number';
    return isOne ? (value as DeliveryRecord) : undefined;
  } catch {
    return undefined;
  }
}

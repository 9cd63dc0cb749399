// How far an attempt's output has been sent, on disk: written before each send, so that after a crash the same number means the same
// output, and nothing is sent under two numbers.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, writeDurably } from '@agentcom/schemas/host';
import { LIMITS } from '@agentcom/schemas/limits';
import { OUTPUT_START, type OutputPosition } from '../host/output-log.js';

/** A place in the log: so many records after a position. */
export interface LogPoint {
  readonly at: OutputPosition;
  readonly skip: number;
}

/** What was made into frames from number `seq` on: so many records, or what says that something was left out. */
export type SentBatch =
  | { readonly seq: number; readonly from: LogPoint; readonly count: number }
  | { readonly seq: number; readonly leftOut: number };

export interface Cursor {
  /** Of the next frame. */
  readonly nextSeq: number;
  readonly next: LogPoint;
  /** Sent and not acknowledged, oldest first. */
  readonly unacked: readonly SentBatch[];
}

export const CURSOR_START: Cursor = { nextSeq: 1, next: { at: OUTPUT_START, skip: 0 }, unacked: [] };

export function writeCursor(dir: string, cursor: Cursor): Promise<void> {
  return writeDurably(join(dir, 'output-cursor.json'), JSON.stringify(cursor));
}

/** Throws when it is there and cannot be read: numbers that were used must not be used again. */
export async function readCursor(dir: string): Promise<Cursor> {
  try {
    const value: unknown = JSON.parse(await readFile(join(dir, 'output-cursor.json'), 'utf8'));
    if (!isCursor(value)) throw new Error('the cursor of the output has another form');
    return value;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return CURSOR_START;
    throw error;
  }
}

function isCursor(value: unknown): value is Cursor {
  if (!isObject(value)) return false;
  const { nextSeq, next, unacked } = value;
  return isWhole(nextSeq, 1) && isPoint(next) && Array.isArray(unacked) && unacked.every(isBatch);
}

function isBatch(value: unknown): boolean {
  if (!isObject(value) || !isWhole(value.seq, 1)) return false;
  return 'leftOut' in value ? isWhole(value.leftOut, 0) : isPoint(value.from) && isWhole(value.count, 1);
}

function isPoint(value: unknown): boolean {
  if (!isObject(value) || !isObject(value.at)) return false;
  return isWhole(value.skip, 0) && isWhole(value.at.segment, 1) && isWhole(value.at.offset, 0);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isWhole(value: unknown, minimum: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= minimum && (value as number) <= LIMITS.sequence * 1024;
}

// A note in the data directory of a change to the journal that must be finished once it has begun: written before anything is
// destroyed, removed when all of it is done. What it needs to go on from is in files that are on disk before the note is.

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, syncDirectory, writeDurably } from '@agentcom/schemas/host';
import type { StreamConfig } from '@nats-io/jetstream';
import type { JournalHead } from '../../coordinator/ports.js';

export type JournalChange =
  | {
      readonly kind: 'accept-end';
      /** `announce`: the store is as it shall be; only the event that records it may still be missing. */
      readonly step: 'rebuild' | 'announce';
      readonly end: JournalHead;
      readonly knownHead: number;
      /** Raw copy of what there was. */
      readonly kept: string;
      /** How the stream is to be recreated; null when nothing behind the end has to go. */
      readonly config: StreamConfig | null;
      /** Snapshots that do not belong to the accepted journal. */
      readonly snapshots: readonly string[];
    }
  | {
      readonly kind: 'restore';
      readonly file: string;
      /** The id of the new journal. */
      readonly journal: string;
      readonly kept: string | null;
      readonly config: StreamConfig;
      /** The store has an audit log, which stays: it says what happened, a restore included. */
      readonly keepsAudit?: boolean;
      readonly at: number;
    };

export async function readChange(dataDir: string): Promise<JournalChange | null> {
  try {
    return JSON.parse(await readFile(noteFile(dataDir), 'utf8')) as JournalChange;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** On disk once this resolves. */
export function writeChange(dataDir: string, change: JournalChange): Promise<void> {
  return writeDurably(noteFile(dataDir), JSON.stringify(change));
}

export async function removeChange(dataDir: string): Promise<void> {
  await rm(noteFile(dataDir), { force: true });
  await syncDirectory(dataDir);
}

function noteFile(dataDir: string): string {
  return join(dataDir, 'journal-change.json');
}

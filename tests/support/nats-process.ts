// The nats-server of a hub with its own: its process and the files of its streams.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Hub } from './hub.js';

export function natsPid(hub: Hub): number {
  return Number(readFileSync(join(hub.dataDir, 'nats', 'nats-server.pid'), 'utf8'));
}

/** Every file below a directory that holds streams, with its path. */
export function filesBelow(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).isFile());
}

/** The message blocks of the journal, oldest first. */
export function journalBlocks(dir: string): string[] {
  return filesBelow(dir)
    .filter((path) => /_JOURNAL_0\/msgs\/\d+\.blk$/.test(path))
    .sort();
}

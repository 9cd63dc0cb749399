// Reads an index by itself: git says which files it was told to take for unchanged only in a listing of all files, by another process.

import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { readOwn } from '../host/own-file.js';
import type { GitWorkspace } from './worktree.js';

/** That of some millions of files. */
const INDEX_BYTES_MAX = 1024 * 1024 * 1024;
const HEADER_BYTES = 12;
const STAT_BYTES = 40;
const MODE_AT = 24;
const DIRECTORY = 0o040000;
const ASSUMED_UNCHANGED = 0x8000;
const HAS_MORE_FLAGS = 0x4000;
/** Of the name; with this value it is longer. */
const LENGTH = 0x0fff;
const NAME_BYTES_MAX = 64 * 1024;
/** Among the second flags. */
const SKIPPED = 0x4000;

export interface FlaggedPaths {
  /** Files in which git would see no change. */
  readonly hidden: readonly string[];
  /** Files that are not there because only a part is checked out. */
  readonly absent: readonly string[];
}

interface Flagged {
  readonly path: string;
  readonly isSkipped: boolean;
}

/** Undefined when git could not use the index. */
export async function flaggedPaths({
  dir,
  gitDir,
  base,
}: Pick<GitWorkspace, 'dir' | 'gitDir' | 'base'>): Promise<FlaggedPaths | undefined> {
  const index = (await readOwn(join(gitDir, 'index'), INDEX_BYTES_MAX)) ?? Buffer.alloc(0);
  const flagged = flaggedIn(index, base.length / 2);
  if (flagged === undefined) return undefined;
  const hidden: string[] = [];
  const absent: string[] = [];
  for (const { path, isSkipped } of flagged) {
    // Not UTF-8: it could not be named to git.
    if (path.includes('\uFFFD')) continue;
    const isThere = !isSkipped || (await lstat(join(dir, path)).catch(() => undefined)) !== undefined;
    (isThere ? hidden : absent).push(path);
  }
  return { hidden, absent };
}

/** The entries of git's index format, versions 2 to 4, that have one of the two flags. Undefined for what is none. */
export function flaggedIn(index: Buffer, hashBytes: number): readonly Flagged[] | undefined {
  if (index.length < HEADER_BYTES + hashBytes || index.toString('latin1', 0, 4) !== 'DIRC') return undefined;
  const isShortened = index.readUInt32BE(4) >= 4;
  const count = index.readUInt32BE(8);
  const end = index.length - hashBytes;
  const found: Flagged[] = [];
  /** The name of the entry before, of which version 4 leaves out what is the same. */
  const name = Buffer.alloc(isShortened ? NAME_BYTES_MAX : 0);
  let nameBytes = 0;
  let at = HEADER_BYTES;
  for (let entry = 0; entry < count; entry += 1) {
    const flagsAt = at + STAT_BYTES + hashBytes;
    if (flagsAt + 4 > end) return undefined;
    const flags = twoBytes(index, flagsAt);
    const hasMore = (flags & HAS_MORE_FLAGS) !== 0;
    const isSkipped = hasMore && (twoBytes(index, flagsAt + 2) & SKIPPED) !== 0;
    const isFlagged = isSkipped || (flags & ASSUMED_UNCHANGED) !== 0;
    let nameAt = flagsAt + (hasMore ? 4 : 2);
    let same = 0;
    if (isShortened) {
      const { value, next } = offsetAt(index, nameAt);
      same = Math.max(0, nameBytes - value);
      nameAt = next;
    }
    const length = flags & LENGTH;
    const nameEnd = length < LENGTH ? nameAt + length - same : index.indexOf(0, nameAt);
    if (nameEnd < nameAt || nameEnd > end) return undefined;
    if (isShortened) {
      index.copy(name, same, nameAt, nameEnd);
      nameBytes = same + nameEnd - nameAt;
    }
    if (isFlagged && index.readUInt32BE(at + MODE_AT) !== DIRECTORY) {
      const path = isShortened ? name.toString('utf8', 0, nameBytes) : index.toString('utf8', nameAt, nameEnd);
      found.push({ path, isSkipped });
    }
    at = isShortened ? nameEnd + 1 : at + ((nameEnd - at + 8) & ~7);
  }
  return found;
}

function twoBytes(index: Buffer, at: number): number {
  return ((index[at] ?? 0) << 8) | (index[at + 1] ?? 0);
}

/** How much of the name before is left out, in git's form of such numbers. */
function offsetAt(index: Buffer, start: number): { readonly value: number; readonly next: number } {
  let next = start;
  let byte = index[next++] ?? 0;
  let value = byte & 0x7f;
  while (byte & 0x80) {
    byte = index[next++] ?? 0;
    value = ((value + 1) << 7) | (byte & 0x7f);
  }
  return { value, next };
}

// The lock of a directory, so that no two processes work on one. It is a row of numbered files, `lock.1`, `lock.2`, …:
// the highest number says who has the directory. It is taken by creating the next number, given back by creating one that
// names nobody, and the highest is never removed, so of any processes that find a dead owner at once exactly one gets the next number.

import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from './error-code.js';
import { identify, isProcessIdentity, isRunning, type ProcessIdentity } from './process-identity.js';

const ATTEMPTS = 100;
const POLL_MS = 100;

export class DirectoryInUse extends Error {
  override readonly name = 'DirectoryInUse';

  constructor(
    readonly directory: string,
    readonly holder: ProcessIdentity,
  ) {
    super(`${directory} is in use by process ${holder.pid}: stop that one first, or choose another data directory`);
  }
}

export interface Lock {
  /** Gives the directory back; further calls do nothing. */
  release(): void;
}

export type LockAttempt = Lock | { readonly heldBy: ProcessIdentity };

/** Takes `directory`, which is made when missing, or says who has it. A lock whose process is gone counts for nothing. */
export function tryLock(directory: string): LockAttempt {
  const self = identify(process.pid);
  if (self === undefined) throw new Error('this process cannot be identified');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const last = highest(directory);
    const holder = ownerOf(directory, last);
    if (holder !== undefined && isRunning(holder)) return { heldBy: holder };
    const mine = last + 1;
    if (!create(directory, mine, self)) continue;
    // A number that is no longer the highest was created too late: others have come and gone since it was looked up.
    if (highest(directory) !== mine) {
      rmSync(pathOf(directory, mine), { force: true });
      continue;
    }
    removeBelow(directory, mine);
    return { release: () => release(directory, mine) };
  }
  throw new Error(`${directory} cannot be locked: too many processes try at once`);
}

/** As `tryLock`; throws `DirectoryInUse` when somebody has it. */
export function lockDirectory(directory: string): Lock {
  const attempt = tryLock(directory);
  if ('heldBy' in attempt) throw new DirectoryInUse(directory, attempt.heldBy);
  return attempt;
}

/** Waits for the lock. Rejects with the signal's reason when that fires first. */
export async function waitForLock(directory: string, signal: AbortSignal): Promise<Lock> {
  for (;;) {
    signal.throwIfAborted();
    const attempt = tryLock(directory);
    if ('release' in attempt) return attempt;
    await sleep(POLL_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

function release(directory: string, mine: number): void {
  if (highest(directory) === mine && create(directory, mine + 1)) removeBelow(directory, mine + 1);
}

/** Appears whole, under a number nobody has; false when somebody has it. */
function create(directory: string, number: number, owner?: ProcessIdentity): boolean {
  const draft = join(directory, `.lock-${randomBytes(8).toString('hex')}`);
  writeFileSync(draft, `${JSON.stringify(owner ?? null)}\n`, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, pathOf(directory, number));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function highest(directory: string): number {
  return Math.max(0, ...numbers(directory));
}

function removeBelow(directory: string, limit: number): void {
  for (const number of numbers(directory)) if (number < limit) rmSync(pathOf(directory, number), { force: true });
}

function numbers(directory: string): number[] {
  return readdirSync(directory).flatMap((name) => {
    const match = /^lock\.([1-9][0-9]{0,14})$/.exec(name);
    return match === null ? [] : [Number(match[1])];
  });
}

/** Undefined for a lock that was given back or that has vanished, and for one a power cut left without content: its process is gone too. */
function ownerOf(directory: string, number: number): ProcessIdentity | undefined {
  try {
    const owner: unknown = JSON.parse(readFileSync(pathOf(directory, number), 'utf8'));
    return isProcessIdentity(owner) ? owner : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function pathOf(directory: string, number: number): string {
  return join(directory, `lock.${number}`);
}

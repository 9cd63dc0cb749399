// The lock of a directory, so that no two processes work on one, whatever they see of each other: the kernel holds it, so it does not depend on process
// numbers or networks, and a process that is killed has given it back. Both the directory and a file in it are locked: the file's lock also
// holds between machines that share a volume by NFS, where directories have none, and the directory's when somebody removes the file.

import { closeSync, constants, fstatSync, ftruncateSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeDirectories } from './directories.js';
import { codeOf } from './error-code.js';
import { CannotLock, openLocked } from './file-lock.js';
import { describeHolder, type LockHolder, parseHolder, thisProcess } from './lock-holder.js';

const LOCK_FILE = '.lock';
const POLL_MS = 100;
/** Whoever only asks who has a directory takes it for a moment. */
const PATIENCE_MS = 500;

export class DirectoryInUse extends Error {
  override readonly name = 'DirectoryInUse';

  constructor(
    readonly directory: string,
    readonly holder: LockHolder | undefined,
  ) {
    super(`${directory} is in use by ${describeHolder(holder)}: stop it first, or choose another data directory`);
  }
}

export interface Lock {
  /** Gives the directory back; further calls do nothing. */
  release(): void;
}

/** `heldBy` is undefined while the holder has not said who it is. */
export type LockAttempt = Lock | { readonly heldBy: LockHolder | undefined };

/** Takes `directory`, which is made when missing, or says who has it. Rejects with `CannotLock` where there are no locks. */
export function tryLock(directory: string): Promise<LockAttempt> {
  return lock(directory);
}

async function lock(directory: string, wait?: AbortSignal): Promise<LockAttempt> {
  await makeDirectories(directory, 0o700);
  const path = join(directory, LOCK_FILE);
  const whole = await lockWhole(directory, wait);
  if (whole === undefined) return { heldBy: readHolder(path) };
  const close = () => whole !== 'unsupported' && closeSync(whole);
  try {
    const file = await lockFile(path, wait);
    if (file === undefined) {
      close();
      return { heldBy: readHolder(path) };
    }
    nameHolder(file);
    return releasable(() => {
      ftruncateSync(file);
      closeSync(file);
      close();
    });
  } catch (error) {
    close();
    throw error;
  }
}

/** As `tryLock`; rejects with `DirectoryInUse` when somebody has it for more than a moment. */
export async function lockDirectory(directory: string): Promise<Lock> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const attempt = await tryLock(directory);
    if ('release' in attempt) return attempt;
    if (performance.now() >= deadline) throw new DirectoryInUse(directory, attempt.heldBy);
    await sleep(POLL_MS);
  }
}

/** Who has the directory, for people; undefined when nobody does. */
export async function holderOf(directory: string): Promise<string | undefined> {
  const attempt = await tryLock(directory);
  if ('heldBy' in attempt) return describeHolder(attempt.heldBy);
  attempt.release();
  return undefined;
}

/** Waits for the lock. Rejects with the signal's reason when that fires first. */
export async function waitForLock(directory: string, signal: AbortSignal): Promise<Lock> {
  const attempt = await lock(directory, signal);
  if ('heldBy' in attempt) throw new DirectoryInUse(directory, attempt.heldBy);
  return attempt;
}

async function lockWhole(directory: string, wait?: AbortSignal): Promise<number | 'unsupported' | undefined> {
  try {
    return await openLocked(directory, constants.O_RDONLY, wait);
  } catch (error) {
    if (error instanceof CannotLock) return 'unsupported';
    throw error;
  }
}

/** Somebody may remove the file between the moment it is opened and the moment it is locked: then it is no longer the one that others find. */
async function lockFile(path: string, wait?: AbortSignal): Promise<number | undefined> {
  for (;;) {
    const file = await openLocked(path, constants.O_RDWR | constants.O_CREAT, wait);
    if (file === undefined || fstatSync(file).ino === inodeAt(path)) return file;
    closeSync(file);
  }
}

function inodeAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

function releasable(give: () => void): Lock {
  let isHeld = true;
  return {
    release: () => {
      if (!isHeld) return;
      isHeld = false;
      give();
    },
  };
}

/** For people only: a full disk has no room for it, and holds nobody up. */
function nameHolder(file: number): void {
  ftruncateSync(file);
  try {
    writeSync(file, `${JSON.stringify(thisProcess())}\n`, 0);
  } catch (error) {
    if (codeOf(error) !== 'ENOSPC' && codeOf(error) !== 'EDQUOT' && codeOf(error) !== 'EFBIG') throw error;
  }
}

function readHolder(path: string): LockHolder | undefined {
  try {
    return parseHolder(readFileSync(path, 'utf8'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

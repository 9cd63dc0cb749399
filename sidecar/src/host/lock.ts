// A lock between processes that outlives none of them: a directory of numbered files, each naming its owner. The highest number
// holds the lock while its owner lives and has not released it. A number is created by one process only, and the highest is never
// deleted, so a dead owner's lock can be taken by exactly one of those who wait, without a moment at which two hold it.

import { randomBytes } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from './durable-file.js';
import { isAlive, markOf, type ProcessMark, parseMark } from './process-mark.js';

export interface Lock {
  release(): Promise<void>;
}

export type LockAttempt = Lock | { readonly heldBy: ProcessMark };

const POLL_MS = 100;

/** Takes the lock, or says who holds it. The directory is made if need be. */
export async function tryLock(dir: string): Promise<LockAttempt> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (;;) {
    const highest = Math.max(0, ...(await numbersIn(dir)));
    const owner = await ownerOf(dir, highest);
    if (owner !== null && isAlive(owner)) return { heldBy: owner };
    const own = highest + 1;
    if (!(await claim(dir, own))) continue;
    // Whoever holds a higher number may have tidied ours away before we made it.
    const numbers = await numbersIn(dir);
    if (Math.max(...numbers) > own) {
      await unlink(fileOf(dir, own));
      continue;
    }
    for (const number of numbers) if (number < own) await unlinkIfThere(fileOf(dir, number));
    return { release: () => release(dir, own) };
  }
}

/** Waits for the lock. Rejects with the signal's reason when that fires first. */
export async function lock(dir: string, signal: AbortSignal): Promise<Lock> {
  for (;;) {
    signal.throwIfAborted();
    const attempt = await tryLock(dir);
    if ('release' in attempt) return attempt;
    await sleep(POLL_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

async function claim(dir: string, number: number): Promise<boolean> {
  const temporary = join(dir, `.${randomBytes(6).toString('hex')}`);
  await writeFile(temporary, JSON.stringify(markOf(process.pid)), { mode: 0o600 });
  try {
    await link(temporary, fileOf(dir, number));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(temporary);
  }
}

async function release(dir: string, number: number): Promise<void> {
  const temporary = join(dir, `.${randomBytes(6).toString('hex')}`);
  await writeFile(temporary, 'null', { mode: 0o600 });
  await rename(temporary, fileOf(dir, number));
}

async function ownerOf(dir: string, number: number): Promise<ProcessMark | null> {
  if (number === 0) return null;
  try {
    return parseMark(JSON.parse(await readFile(fileOf(dir, number), 'utf8'))) ?? null;
  } catch (error) {
    // Gone: somebody went on to a higher number. Not JSON: a machine that crashed while it was written.
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return null;
    throw error;
  }
}

async function numbersIn(dir: string): Promise<number[]> {
  return (await readdir(dir)).filter((name) => /^[1-9]\d*$/.test(name)).map(Number);
}

function fileOf(dir: string, number: number): string {
  return join(dir, String(number));
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

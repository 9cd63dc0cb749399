// Directories of our own: private, and durable in what they list.

import { chmod, mkdir, open, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from './error-code.js';

/** Makes a directory that only its user can enter; one that exists becomes so. */
export async function makePrivateDirectory(path: string): Promise<void> {
  await makeDirectories(path, 0o700);
  await chmod(path, 0o700);
}

/**
 * Makes a directory and what is missing above it. Node's own `recursive` never ends where a file system refuses with ENOENT, as /proc does
 * and automounters may.
 */
export async function makeDirectories(path: string, mode = 0o777): Promise<void> {
  try {
    await makeDirectory(path, mode);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    const parent = dirname(path);
    if (!(await isDirectory(parent))) await makeDirectories(parent, mode);
    await makeDirectory(path, mode);
  }
}

/** One that exists is as good. */
async function makeDirectory(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST' || !(await isDirectory(path))) throw error;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Makes what was created, renamed or removed in the directory survive a power loss. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Removes a directory that holds nothing; one that holds something stays. */
export async function removeEmptyDirectory(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) throw error;
  }
}

// Files that only their user may read, written so that a crash leaves them whole or not there.

import { randomBytes } from 'node:crypto';
import { link, mkdir, open, rename, rmdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from './exit.js';

export async function makePrivateDir(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
}

/** Writes a file over whatever was there. */
export async function writePrivate(path: string, text: string): Promise<void> {
  await rename(await writeBeside(path, text), path);
  await syncDir(dirname(path));
}

/** Writes a file unless it is there already. */
export async function createPrivate(path: string, text: string): Promise<void> {
  const written = await writeBeside(path, text);
  try {
    await link(written, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await unlink(written);
  }
  await syncDir(dirname(path));
}

export async function syncDir(path: string): Promise<void> {
  const dir = await open(path, 'r');
  try {
    await dir.sync();
  } finally {
    await dir.close();
  }
}

/** Removes a directory that holds nothing. */
export async function removeEmpty(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) throw error;
  }
}

async function writeBeside(path: string, text: string): Promise<string> {
  const beside = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(beside, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  return beside;
}

// Files that are there completely or not at all, whenever the power goes.

import { randomBytes } from 'node:crypto';
import { link, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncDirectory } from './directories.js';
import { codeOf } from './error-code.js';

const PRIVATE = 0o600;

/** Writes or replaces a file; when this resolves, a crash no longer loses it. Readable by its owner only, unless `mode` says otherwise. */
export async function writeDurably(path: string, data: string | Uint8Array, mode = PRIVATE): Promise<void> {
  const temporary = await writeTemporary(path, data, mode);
  try {
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary);
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Creates a file that was not there, as durably. Of several callers, in any process, exactly one gets true. */
export async function createDurably(path: string, data: string | Uint8Array): Promise<boolean> {
  const temporary = await writeTemporary(path, data, PRIVATE);
  try {
    await link(temporary, path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(temporary);
  }
  await syncDirectory(dirname(path));
  return true;
}

/** Moves a file or directory within one file system, durably. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncDirectory(dirname(to));
  await syncDirectory(dirname(from));
}

async function writeTemporary(path: string, data: string | Uint8Array, mode: number): Promise<string> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  const file = await open(temporary, 'wx', PRIVATE);
  try {
    await file.writeFile(data);
    // What the process masks off is no part of what was asked for.
    if (mode !== PRIVATE) await file.chmod(mode);
    await file.sync();
  } catch (error) {
    await unlink(temporary);
    throw error;
  } finally {
    await file.close();
  }
  return temporary;
}

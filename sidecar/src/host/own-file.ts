// Opens files that an agent may have put something else in the place of: a pipe would never end, and a link may lead anywhere.

import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { codeOf } from '@agentcom/schemas/host';

/** To add to a file of our own, which is made when it is not there. */
export const APPEND_OWN = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
/** To replace what is in a file of our own. */
export const WRITE_OWN = constants.O_WRONLY | constants.O_TRUNC | constants.O_CREAT | constants.O_NOFOLLOW;

const BYTES_MAX = 64 * 1024 * 1024;
const NO_FILE = ['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENXIO'];

/** A regular file, to be closed; undefined for anything else. */
export async function openOwn(path: string): Promise<FileHandle | undefined> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch((error: unknown) => {
    if (!NO_FILE.includes(codeOf(error) ?? '')) throw error;
    return undefined;
  });
  if (file === undefined || (await file.stat()).isFile()) return file;
  await file.close();
  return undefined;
}

/** The first `bytesMax` bytes of a regular file; undefined for anything else. */
export async function readOwn(path: string, bytesMax = BYTES_MAX): Promise<Buffer | undefined> {
  const file = await openOwn(path);
  if (file === undefined) return undefined;
  try {
    const found = await file.stat();
    const content = Buffer.alloc(Math.min(found.size, bytesMax));
    let length = 0;
    while (length < content.length) {
      const { bytesRead } = await file.read(content, length, content.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return content.subarray(0, length);
  } finally {
    await file.close();
  }
}

/** The text of a regular file; empty for anything else. */
export async function contentOf(path: string): Promise<string> {
  return (await readOwn(path))?.toString('utf8') ?? '';
}

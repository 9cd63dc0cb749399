// Reads files that an agent may have put something else in the place of: a pipe would never end, and a link may lead anywhere.

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { codeOf } from '@agentcom/schemas/host';

const BYTES_MAX = 64 * 1024 * 1024;
const NO_FILE = ['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENXIO'];

/** The first `bytesMax` bytes of a regular file; undefined for anything else. */
export async function readOwn(path: string, bytesMax = BYTES_MAX): Promise<Buffer | undefined> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch((error: unknown) => {
    if (!NO_FILE.includes(codeOf(error) ?? '')) throw error;
  });
  if (file === undefined) return undefined;
  try {
    const found = await file.stat();
    if (!found.isFile()) return undefined;
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

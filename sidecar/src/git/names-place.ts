// Whether files name the directory that they are in: copied to another worktree they would be broken, or run what lies in the first one.

import type { Dirent } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Beyond them nothing is copied: nobody has looked at all of it, and it is hardly worth its room. */
const FILES_MAX = 200_000;
const BYTES_MAX = 4 * 1024 ** 3;
const CHUNK_BYTES = 1024 * 1024;

type Kind = Pick<Dirent, 'isDirectory' | 'isFile' | 'isSymbolicLink'>;

/**
 * Why what is at `paths` in `dir` cannot be copied to elsewhere; null when it can. All files are searched, and where links lead: paths are in
 * scripts, settings, and what compilers make. The name of the directory is what is looked for: it is the task's id, so nothing has it by
 * chance, and it is there however the path is written.
 */
export async function whyBound(
  dir: string,
  paths: readonly string[],
  isLeftOut: (path: string) => boolean,
  signal: AbortSignal,
): Promise<string | null> {
  const name = Buffer.from(basename(dir));
  const chunk = Buffer.alloc(CHUNK_BYTES + name.length);
  const left: { readonly path: string; readonly kind: Kind }[] = [];
  for (const path of paths) left.push({ path, kind: await lstat(join(dir, path)) });
  let files = 0;
  let bytes = 0;
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    signal.throwIfAborted();
    const { path, kind } = next;
    const at = join(dir, path);
    if (isLeftOut(path)) continue;
    files += 1;
    if (kind.isDirectory()) {
      const entries = await readdir(at, { withFileTypes: true });
      left.push(...entries.map((entry) => ({ path: `${path}/${entry.name}`, kind: entry })));
    } else if (kind.isSymbolicLink()) {
      if ((await readlink(at, 'buffer')).includes(name)) return `${path} leads into the worktree`;
    } else if (kind.isFile()) {
      const read = await search(at, name, chunk);
      if (read === 'found') return `${path} names the worktree`;
      bytes += read;
    }
    if (files > FILES_MAX || bytes > BYTES_MAX) {
      return `it is more than ${FILES_MAX.toLocaleString('en')} files or ${BYTES_MAX / 1024 ** 3} GiB`;
    }
  }
  return null;
}

/** How many bytes the file has, when `text` is not among them. Before each chunk stands the end of the one before. */
async function search(path: string, text: Buffer, chunk: Buffer): Promise<'found' | number> {
  const file = await open(path);
  try {
    let bytes = 0;
    let kept = 0;
    for (;;) {
      const { bytesRead } = await file.read(chunk, kept, CHUNK_BYTES);
      if (bytesRead === 0) return bytes;
      bytes += bytesRead;
      const end = kept + bytesRead;
      if (chunk.subarray(0, end).includes(text)) return 'found';
      kept = Math.min(end, text.length - 1);
      chunk.copyWithin(0, end - kept, end);
    }
  } finally {
    await file.close();
  }
}

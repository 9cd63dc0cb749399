import { statfs } from 'node:fs/promises';

/** What this user may still write on the disk of a directory, in bytes. Rejects with the system's error. */
export async function freeBytes(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}

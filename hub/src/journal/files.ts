// Small files that must be whole or absent after a crash.

import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Replaces the file's content at once; on disk once this resolves. */
export async function writeDurably(file: string, text: string): Promise<void> {
  const fresh = `${file}.new`;
  const handle = await open(fresh, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
  await syncDirectory(dirname(file));
}

/** Makes what was created, renamed or removed in the directory last over a power loss. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

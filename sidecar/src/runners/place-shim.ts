// How the shim is started: by the Node that runs the sidecar, from a file of its own with little to load, since each run of an agent and
// each verify command waits for it.

import { join } from 'node:path';
import { makePrivateDirectory, writeDurably } from '@agentcom/schemas/host';

/** Puts the shim, whose program text is given, into `dir`; the directory of a run follows as last argument. */
export async function placeShim(dir: string, text: string): Promise<readonly [string, ...string[]]> {
  const path = join(dir, 'shim.mjs');
  await makePrivateDirectory(dir);
  await writeDurably(path, text);
  return [process.execPath, path];
}

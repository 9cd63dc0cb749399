// How the shim is started: by the Node that runs the sidecar, from a file of its own with little to load, since each run of an agent and
// each verify command waits for it.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makePrivateDirectory, writeDurably } from '@agentcom/schemas/host';

declare global {
  /** The program text of the shim, where the sidecar has no built files beside it. */
  var __agentcomShim: string | undefined;
}

/** Without the directory that it gets as last argument. A shim that has to be put somewhere is put into `dir`. */
export async function shimArgv(dir: string): Promise<readonly [string, ...string[]]> {
  const text = globalThis.__agentcomShim;
  if (text === undefined) return [process.execPath, fileURLToPath(new URL('../shim.js', import.meta.url))];
  const path = join(dir, 'shim.mjs');
  await makePrivateDirectory(dir);
  await writeDurably(path, text);
  return [process.execPath, path];
}

// How the shim is started: by the Node that runs the sidecar, in the form in which the sidecar itself runs: bundled into one file,
// built, or from source.

import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

declare global {
  /** In the bundle: its own path, by which it starts itself again as something else. */
  var __agentcomBundle: string | undefined;
}

export function shimArgv(): readonly [string, ...string[]] {
  if (globalThis.__agentcomBundle !== undefined) return [process.execPath, globalThis.__agentcomBundle, '__shim'];
  const here = import.meta.url;
  if (!here.endsWith('.ts')) return [process.execPath, fileURLToPath(new URL('./shim-main.js', here))];
  const loader = pathToFileURL(createRequire(here).resolve('tsx')).href;
  return [process.execPath, '--conditions=source', '--import', loader, fileURLToPath(new URL('./shim-main.ts', here))];
}

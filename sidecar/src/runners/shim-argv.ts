// How the shim is started: by the Node that runs the sidecar, in the form in which the sidecar itself runs, built or from source.

import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

export function shimArgv(): readonly [string, ...string[]] {
  const here = import.meta.url;
  if (!here.endsWith('.ts')) return [process.execPath, fileURLToPath(new URL('./shim.js', here))];
  const loader = pathToFileURL(createRequire(here).resolve('tsx')).href;
  return [process.execPath, '--import', loader, fileURLToPath(new URL('./shim.ts', here))];
}

// What the build puts into the command, for tests that run it from the sources; once for all files that share a process.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readRunbooks } from './bundle.mjs';

if (!('__AGENTCOM_SHIM__' in globalThis)) {
  Object.assign(globalThis, {
    __AGENTCOM_SHIM__: readFileSync(String(process.env.TEST_SHIM_FILE), 'utf8'),
    __AGENTCOM_RUNBOOKS__: JSON.stringify(await readRunbooks(join(import.meta.dirname, '..', '..'))),
    __AGENTCOM_WORKERS__: pathToFileURL(join(String(process.env.TEST_BUILT_DIR), 'workers')).href,
  });
}

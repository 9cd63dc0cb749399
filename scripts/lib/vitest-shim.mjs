// What the build puts into the command, for tests that run it from the sources.
import { readFileSync } from 'node:fs';

Object.assign(globalThis, { __AGENTCOM_SHIM__: readFileSync(String(process.env.TEST_SHIM_FILE), 'utf8') });

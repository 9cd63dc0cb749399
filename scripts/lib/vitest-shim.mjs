// What runs from the sources has no built files beside it: the shim is given to it as text, as the program for machines has it.
import { readFileSync } from 'node:fs';

Object.assign(globalThis, { __agentcomShim: readFileSync(String(process.env.AGENTCOM_TEST_SHIM), 'utf8') });

// The entry of `agentcom.mjs`, the one file that a hub gives to a machine: the command, and in it the text of the shim that its sidecar
// starts for each run of an agent.

import { fileURLToPath } from 'node:url';
import type {} from '@agentcom/sidecar/runners/shim-argv';
import { VERSION } from '@agentcom/sidecar/version';
import { runProgram } from './command-line.js';
import { MACHINE_COMMANDS } from './machine-program.js';
import { endWithReader, processWorld } from './process-world.js';

/** Put in by the build. */
declare const __AGENTCOM_SHIM__: string;

globalThis.__agentcomShim = __AGENTCOM_SHIM__;
endWithReader();
const world = processWorld(fileURLToPath(import.meta.url), VERSION);
process.exitCode = await runProgram(world, process.argv.slice(2), MACHINE_COMMANDS);

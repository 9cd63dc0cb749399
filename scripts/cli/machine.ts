// The entry of `agentcom.mjs`, the one file that a hub gives to a machine.

import { fileURLToPath } from 'node:url';
import { VERSION } from '@agentcom/sidecar/version';
import { runProgram } from './command-line.js';
import { MACHINE_COMMANDS } from './machine-program.js';
import { endWithReader, processWorld } from './process-world.js';

endWithReader();
const world = processWorld(fileURLToPath(import.meta.url), VERSION);
process.exitCode = await runProgram(world, process.argv.slice(2), MACHINE_COMMANDS);

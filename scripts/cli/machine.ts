// The entry of `agentcom.mjs`, the one file that a hub gives to a machine. It is the command, and the shim that the sidecar in it
// starts for each run of an agent.

import { fileURLToPath } from 'node:url';
import type {} from '@agentcom/sidecar/runners/shim-argv';
import { VERSION } from '@agentcom/sidecar/version';
import { runProgram } from './command-line.js';
import { MACHINE_COMMANDS } from './machine-program.js';
import { endWithReader, processWorld } from './process-world.js';

const entry = fileURLToPath(import.meta.url);
globalThis.__agentcomBundle = entry;

const [first, second] = process.argv.slice(2);
if (first === '__shim' && second !== undefined) {
  const { runShim } = await import('@agentcom/sidecar/runners/shim');
  await runShim(second);
  process.exit(0);
}
endWithReader();
process.exitCode = await runProgram(processWorld(entry, VERSION), process.argv.slice(2), MACHINE_COMMANDS);

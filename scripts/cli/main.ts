#!/usr/bin/env node
// The `agentcom` command on the real process.

import { fileURLToPath } from 'node:url';
import { VERSION } from '@agentcom/sidecar/version';
import { endWithReader, processWorld } from './process-world.js';
import { runCommandLine } from './program.js';

endWithReader();
process.exitCode = await runCommandLine(processWorld(fileURLToPath(import.meta.url), VERSION), process.argv.slice(2));

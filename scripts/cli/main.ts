#!/usr/bin/env node
// The `agentcom` command on the real process.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { endWithReader, processWorld } from './process-world.js';
import { runCommandLine } from './program.js';

function ownVersion(): string {
  const { version }: { version: string } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  return version;
}

endWithReader();
process.exitCode = await runCommandLine(
  processWorld(fileURLToPath(import.meta.url), ownVersion()),
  process.argv.slice(2),
);

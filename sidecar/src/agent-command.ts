// The `agentcom` command as agents find it: a small program in a directory of the sidecar's own, first in their PATH.

import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from './host/durable-file.js';

/** Puts it into `dir`; `argv` is how this very version of the command is started. */
export async function placeAgentCommand(dir: string, argv: readonly string[]): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, 'agentcom');
  await writeDurably(path, `#!/bin/sh\nexec ${argv.map(quoted).join(' ')} "$@"\n`);
  await chmod(path, 0o700);
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

// The `agentcom` command as agents find it: a small program in a directory of the sidecar's own, first in their PATH.

import { join } from 'node:path';
import { makePrivateDirectory, writeDurably } from '@agentcom/schemas/host';

/** Puts it into `dir`; `argv` is how this very version of the command is started. */
export async function placeAgentCommand(dir: string, argv: readonly string[]): Promise<void> {
  await makePrivateDirectory(dir);
  await writeDurably(join(dir, 'agentcom'), `#!/bin/sh\nexec ${argv.map(quoted).join(' ')} "$@"\n`, 0o700);
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

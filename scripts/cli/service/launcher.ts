// Small shell programs that start this command by the Node it was set up with, and by another one when that is gone: version managers remove
// the Node of before when they install the next.

import { join } from 'node:path';
import { writeDurably } from '@agentcom/schemas/host';
import { EXIT } from '../exit.js';
import { NODE_MINIMUM } from '../join/machine-checks.js';
import { shellWord } from '../text.js';
import type { ServiceProgram } from './programs.js';

/** In the directory of what runs: what its service starts. */
export const LAUNCHER = 'start.sh';

const REINSTALL =
  'Install it again by the line that `agentcom agent invite` prints on the hub: it keeps the agents of this machine.';

export interface Start {
  readonly node: string;
  /** The command's own file. */
  readonly entry: string;
  /** What Node gets before it, and after it. */
  readonly nodeArgs: readonly string[];
  readonly args: readonly string[];
  /** What to do when the command's file is gone. */
  readonly reinstall?: string;
}

/** What a service starts; the answer is its command line. */
export async function writeLauncher(
  dir: string,
  program: ServiceProgram,
  start: Start,
): Promise<readonly [string, ...string[]]> {
  await writeDurably(join(dir, LAUNCHER), serviceLauncher(program, start), 0o755);
  return launcherCommand(dir);
}

export function serviceLauncher({ what, by }: ServiceProgram, start: Start): string {
  return launcherText(`# ${what}, as its service starts it. Written by \`${by}\`.`, start);
}

export function launcherCommand(dir: string): readonly [string, ...string[]] {
  return ['/bin/sh', join(dir, LAUNCHER)];
}

/** `"$@"` follows the arguments. */
export function launcherText(header: string, { node, entry, nodeArgs, args, reinstall = REINSTALL }: Start): string {
  const [major, minor] = NODE_MINIMUM;
  const words = [...nodeArgs.map(shellWord), '"$entry"', ...args.map(shellWord)].join(' ');
  return `#!/bin/sh
${header}
node=${shellWord(node)}
entry=${shellWord(entry)}

runs() {
  [ -n "$1" ] && [ -x "$1" ] &&
    "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > ${major} || (a === ${major} && b >= ${minor}) ? 0 : 1)' >/dev/null 2>&1
}

if ! runs "$node"; then
  found=
  home=\${HOME:-/}
  for candidate in "$(command -v node || :)" "$home"/.nvm/versions/node/*/bin/node \\
    "$home"/.local/share/fnm/node-versions/*/installation/bin/node "$home"/.local/share/mise/installs/node/*/bin/node \\
    "$home"/.asdf/installs/nodejs/*/bin/node "$home"/.volta/tools/image/node/*/bin/node "$home"/.nodenv/versions/*/bin/node \\
    /opt/homebrew/bin/node /usr/local/bin/node /usr/bin/node /snap/bin/node; do
    if runs "$candidate"; then found=$candidate; break; fi
  done
  if [ -z "$found" ]; then
    echo "error: $node, which AgentCom was installed with, is gone or does not run, and no other Node ${major}.${minor} or newer was found." >&2
    echo "Install Node ${major}.${minor} or newer (https://nodejs.org), then start this again." >&2
    exit ${EXIT.config}
  fi
  echo "warning: $node is gone or does not run; using $found" >&2
  node=$found
  # The agents that were installed with the former one may be beside it as well.
  PATH=\${node%/*}:$PATH
  export PATH
fi
if [ ! -e "$entry" ]; then
  echo "error: $entry, the AgentCom command, is gone." >&2
  echo ${shellWord(reinstall)} >&2
  exit ${EXIT.config}
fi
exec "$node" ${words} "$@"
`;
}

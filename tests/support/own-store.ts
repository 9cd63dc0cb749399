// A command that finds another store of certificates at the system's place than all others do.

import { spawnSync } from 'node:child_process';

type Command = readonly [string, ...string[]];

/** In a file system of its own over the directory; nothing of it is left when the command has ended. */
const PLACE =
  'mount -t tmpfs none /etc/ssl && mkdir /etc/ssl/certs && cat "$0" > /etc/ssl/certs/ca-certificates.crt && exec "$@"';

/** Undefined where this user cannot have one. `file`: the only authorities it has. */
export function withOwnStore(file: string): ((command: Command) => Command) | undefined {
  if (process.platform !== 'linux') return undefined;
  for (const more of [[], ['--map-root-user']]) {
    const within = (command: Command): Command => ['unshare', '--mount', ...more, 'sh', '-c', PLACE, file, ...command];
    const [program, ...words] = within(['true']);
    if (spawnSync(program, words).status === 0) return within;
  }
  return undefined;
}

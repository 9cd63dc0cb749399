// Where an attempt's agent reaches its sidecar. The same for the same attempt in every run of the sidecar, since an agent that goes on
// while its sidecar is started anew knows only this.

import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** What a Unix socket's address may have on every system, with some room. */
export const SOCKET_PATH_BYTES = 100;

/** Where they lie in the state directory. */
export const SOCKETS = 'sockets';

/** Below the state directory, or below /tmp in a directory of this user when that is too long. */
export function socketPath(stateDir: string, attempt: { readonly task: string; readonly generation: number }): string {
  const name = `${digest(`${attempt.task} ${attempt.generation}`)}.sock`;
  const usual = join(stateDir, SOCKETS, name);
  if (Buffer.byteLength(usual) <= SOCKET_PATH_BYTES) return usual;
  // Not the directory for temporary files: another environment at the next start would name another one.
  return join('/tmp', `agentcom-${process.getuid?.() ?? 0}-${digest(stateDir)}`, name);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

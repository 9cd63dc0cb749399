// Where an attempt's agent reaches its sidecar. The same for the same attempt in every run of the sidecar, since an agent that goes on
// while its sidecar is started anew knows only this.

import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** What a Unix socket's address may have on every system, with some room. */
export const SOCKET_PATH_BYTES = 100;

/** Of a socket: the beginning of a digest, and `.sock`. */
const NAME_BYTES = 16 + '.sock'.length;

/** Below the state directory, or below /tmp a directory of this user when that is too long. */
export function socketDir(stateDir: string): string {
  const usual = join(stateDir, 'sockets');
  if (Buffer.byteLength(usual) + 1 + NAME_BYTES <= SOCKET_PATH_BYTES) return usual;
  // Not the directory for temporary files: another environment at the next start would name another one.
  return join('/tmp', `agentcom-${process.getuid?.() ?? 0}-${digest(stateDir)}`);
}

export function socketPath(stateDir: string, attempt: { readonly task: string; readonly generation: number }): string {
  return join(socketDir(stateDir), `${digest(`${attempt.task} ${attempt.generation}`)}.sock`);
}

/** Beside the socket of an attempt: files for an agent that is another user, or in a container, who cannot reach its directory. */
export function sharedFilesOf(socket: string): string {
  return socket.replace(/\.sock$/, '.files');
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

// Finds the nats-server program to run: the one that is named, one on PATH, or the newest that the set-up script has cached.

import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { compareVersions, executableVersion, MINIMUM_VERSION, NoNatsServer, requireVersion } from './version.js';

const PROGRAM = 'nats-server';
/** How far below the cache folder a program is looked for. */
const CACHE_DEPTH = 4;

export interface LocatedServer {
  readonly executable: string;
  readonly version: string;
}

/**
 * `AGENTCOM_NATS_SERVER` is taken or refused, never passed over. Throws `NoNatsServer` or `NatsTooOld` with what to do.
 */
export async function locateServer(env: NodeJS.ProcessEnv): Promise<LocatedServer> {
  const named = env.AGENTCOM_NATS_SERVER;
  if (named !== undefined && named !== '') {
    const version = await executableVersion(named);
    requireVersion(version, named);
    return { executable: named, version };
  }
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    if (folder === '') continue;
    const found = await usable(join(folder, PROGRAM));
    if (found !== null) return found;
  }
  let newest: LocatedServer | null = null;
  for (const executable of await programsBelow(cacheFolder(env), CACHE_DEPTH)) {
    const found = await usable(executable);
    if (found !== null && (newest === null || compareVersions(found.version, newest.version) > 0)) newest = found;
  }
  if (newest === null) throw new NoNatsServer(`no nats-server ${MINIMUM_VERSION} or newer on PATH or in the cache`);
  return newest;
}

/** The same folder as in the set-up script. */
function cacheFolder(env: NodeJS.ProcessEnv): string {
  const base = env.AGENTCOM_CACHE_DIR || env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  return join(base, 'agentcom');
}

async function usable(executable: string): Promise<LocatedServer | null> {
  try {
    await access(executable, constants.X_OK);
    const version = await executableVersion(executable);
    return compareVersions(version, MINIMUM_VERSION) < 0 ? null : { executable, version };
  } catch {
    return null;
  }
}

async function programsBelow(folder: string, depth: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isFile() && entry.name === PROGRAM) found.push(path);
    else if (entry.isDirectory() && depth > 1) found.push(...(await programsBelow(path, depth - 1)));
  }
  return found;
}

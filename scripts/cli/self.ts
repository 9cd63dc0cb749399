// How a person starts this command again, so that what it prints can be pasted.

import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { shellWord } from './text.js';

export interface Place {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly cwd: string;
  /** The file that runs. */
  readonly entry: string;
}

/** A file larger than this is not a wrapper. */
const WRAPPER_BYTES_MAX = 4096;
/** Paths in it of programs of ours. */
const SCRIPT_PATHS = /\/[\w./-]+\.m?js\b/g;

/** `agentcom` where the PATH leads to this very program, else what does: `npx agentcom`, a path, or Node with a path. */
export function ownCommand({ env, home, cwd, entry }: Place): string {
  const checkout = resolve(dirname(entry), '..', '..');
  const launcher = join(checkout, 'scripts', 'agentcom.mjs');
  const isCheckout = isFile(launcher);
  const whereNpmWasCalled = env.npm_command === undefined ? undefined : (env.INIT_CWD ?? cwd);
  // npm puts its own folder in front of the PATH, which is not there for whoever reads this.
  if (isCheckout && whereNpmWasCalled !== undefined && isWithin(whereNpmWasCalled, checkout)) return 'npx agentcom';
  const own = [entry, ...(isCheckout ? [launcher] : [])];
  const folders = (env.PATH ?? '')
    .split(':')
    .filter((folder) => folder.startsWith('/') && !folder.endsWith('/node_modules/.bin'));
  const found = folders.map((folder) => join(folder, 'agentcom')).find(isFile);
  if (found !== undefined && leadsTo(found, own)) return 'agentcom';
  const local = join(home, '.local', 'bin', 'agentcom');
  if (leadsTo(local, own)) return shellWord(local);
  return `node ${shellWord(isCheckout ? launcher : entry)}`;
}

/** A link to one of these files, or a short script that names it or a link to it. */
function leadsTo(path: string, targets: readonly string[]): boolean {
  try {
    const real = realpathSync(path);
    if (targets.some((target) => real === target)) return true;
    if (statSync(real).size > WRAPPER_BYTES_MAX) return false;
    const text = readFileSync(real, 'utf8');
    if (targets.some((target) => text.includes(target))) return true;
    return (text.match(SCRIPT_PATHS) ?? []).some((named) => existsSync(named) && targets.includes(realpathSync(named)));
  } catch {
    return false;
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

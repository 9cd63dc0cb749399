// What another user, as whom programs run, can reach of the sidecar's directories: those of the attempt at hand. Each is a gate, passable
// for that user's own group; what lies behind it has ordinary permissions, and the group of the gate.

import { chmod, chown, lstat, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from '@agentcom/schemas/host';
import { findRunUser, handOver, type RunUser } from './run-user.js';

/** For what is in the sidecar's directories to be writable for their group. */
export const SHARED_UMASK = 0o002;

const CLOSED = 0o700;
/** Passed by whoever knows a name within; listed by nobody else. */
const PASSABLE = 0o011;
const READABLE = 0o710;
/** What is made within gets the group. */
const WRITABLE = 0o2770;

export interface AttemptPlaces {
  readonly dir: string;
  readonly gitDir?: string;
  readonly mirror?: string;
}

export class UserAccess {
  #found: RunUser | undefined;

  constructor(readonly name: string) {}

  /** Rejects with `UnusableUser`, until it can be used. */
  async user(): Promise<RunUser> {
    this.#found ??= await findRunUser(this.name);
    return this.#found;
  }

  /** Lets it work in a directory that was just made. */
  async share(dir: string): Promise<void> {
    await this.#gate(dir, WRITABLE);
  }

  /** Lets it into the directories of this attempt, and out of those of all others. `root` holds them all. */
  async open(root: string, { dir, gitDir, mirror }: AttemptPlaces): Promise<void> {
    const worktrees = dirname(dir);
    for (const above of [root, dirname(worktrees)]) await makePassable(above);
    if (await isOwnDirectory(worktrees)) await chmod(worktrees, CLOSED | PASSABLE);
    const open = new Set([dir, gitDir, mirror]);
    for (const parent of [worktrees, ...(mirror === undefined ? [] : [dirname(mirror)])]) {
      await this.#closeIn(parent, open);
    }
    for (const place of [dir, gitDir]) if (place !== undefined) await this.#gate(place, WRITABLE);
    if (mirror === undefined) return;
    await makePassable(dirname(mirror));
    await this.#gate(mirror, READABLE);
  }

  /** Before the sidecar itself reads or removes what that user has made. */
  async takeBack({ dir, gitDir }: AttemptPlaces): Promise<void> {
    const places = [];
    for (const place of [dir, gitDir]) if (place !== undefined && (await isOwnDirectory(place))) places.push(place);
    await handOver(await this.user(), ...places);
  }

  async #closeIn(parent: string, except: ReadonlySet<string | undefined>): Promise<void> {
    for (const entry of await readdir(parent, { withFileTypes: true })) {
      const path = join(parent, entry.name);
      if (entry.isDirectory() && !except.has(path) && (await isOwnDirectory(path))) await chmod(path, CLOSED);
    }
  }

  async #gate(dir: string, mode: number): Promise<void> {
    if (!(await isOwnDirectory(dir))) return;
    const { gid } = await this.user();
    await chown(dir, process.getuid?.() ?? -1, gid);
    await chmod(dir, mode);
  }
}

/** For those who know a name within. One that belongs to another user is left to that one. */
export async function makePassable(dir: string): Promise<void> {
  const { mode, uid } = await stat(dir);
  if (uid === process.getuid?.() && (mode & PASSABLE) !== PASSABLE) await chmod(dir, (mode & 0o7777) | PASSABLE);
}

/** Lets that user read the files of a directory, and find each by its name. */
export async function openToRead({ gid }: RunUser, dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    await chown(join(dir, name), process.getuid?.() ?? -1, gid);
    await chmod(join(dir, name), 0o640);
  }
  await chown(dir, process.getuid?.() ?? -1, gid);
  await chmod(dir, READABLE);
}

/** Of this user; a link is none. */
async function isOwnDirectory(path: string): Promise<boolean> {
  try {
    const found = await lstat(path);
    return found.isDirectory() && found.uid === process.getuid?.();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

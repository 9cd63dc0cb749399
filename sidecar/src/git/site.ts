// Where an attempt lies on the disk. The directory has the task's name and not the attempt's, because tools bind their sessions to
// it; so a file beside it says which attempt owns it, and nothing of an older one touches what a newer one has.

import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf, makeDirectories, writeDurably } from '@agentcom/schemas/host';
import { removeTree } from '../host/remove-tree.js';
import { reconnectSubmodules } from './moved-submodules.js';
import { ownSettingsOf } from './own-settings.js';

/** How the name of a directory ends that was moved aside. */
export const KEPT = '-kept';

/** What a salvage, or a look at the changes, that was killed leaves beside its index. */
const LEFT_BESIDE = ['lock', 'paths', 'settings', 'diff', 'diff.lock'] as const;

interface Owner {
  readonly generation: number;
  /** Something in the directory could not be kept anywhere else. */
  readonly isKept: boolean;
}

export class Site {
  /** The working tree. */
  readonly dir: string;
  /** Its repository, outside of it, so that nothing done to the files harms it. */
  readonly gitDir: string;
  readonly #beside: (extension: string) => string;

  constructor(root: string, agent: string, task: string) {
    this.dir = join(root, 'work', agent, task);
    this.#beside = (extension) => `${this.dir}.${extension}`;
    this.gitDir = this.#beside('git');
  }

  /** What the sidecar's own git takes its settings from. */
  get ownSettings(): string {
    return ownSettingsOf(this.gitDir);
  }

  /** An index for salvage. */
  get indexFile(): string {
    return this.#beside('index');
  }

  /** What the remote's branches and tags were when the attempt was prepared. */
  get headsFile(): string {
    return this.#beside('heads');
  }

  /** Which files git took for changed before anybody had touched them. */
  get phantomsFile(): string {
    return this.#beside('phantoms');
  }

  /** What git ignored when the worktree was set up. */
  get ignoredFile(): string {
    return this.#beside('ignored');
  }

  /** Copies of files as git checks them out. */
  get compareDir(): string {
    return this.#beside('compare');
  }

  /** A repository in which remotes of submodules are asked. */
  get probeDir(): string {
    return this.#beside('probe');
  }

  /** Names the commit to go back to, while a rebase goes on. */
  get rebaseFile(): string {
    return this.#beside('rebase');
  }

  get ownerFile(): string {
    return this.#beside('owner');
  }

  /** Makes the place empty and the attempt's own. What an attempt before could not keep elsewhere is moved aside. */
  async take(generation: number): Promise<void> {
    await makeDirectories(dirname(this.dir), 0o700);
    const owner = await this.owner();
    if (owner !== null && owner.generation > generation) throw new Error('a newer attempt uses this directory');
    if (owner?.isKept && owner.generation < generation) await this.#setAside(owner.generation);
    await this.#empty();
    await this.#own({ generation, isKept: false });
  }

  /** The files must outlive the attempt. */
  async keep(generation: number): Promise<void> {
    await this.#own({ generation, isKept: true });
  }

  /** Removes what the attempt left, unless a newer one is here. */
  async leave(generation: number): Promise<void> {
    const owner = await this.owner();
    if (owner !== null && owner.generation > generation) return;
    await this.#empty();
    await rm(this.ownerFile, { force: true });
  }

  async owner(): Promise<Owner | null> {
    try {
      const content: unknown = JSON.parse(await readFile(this.ownerFile, 'utf8'));
      return isOwner(content) ? content : null;
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return null;
      throw error;
    }
  }

  async #own(owner: Owner): Promise<void> {
    await writeDurably(this.ownerFile, JSON.stringify(owner));
  }

  async #setAside(generation: number): Promise<void> {
    const aside = `${this.dir}-g${generation}${KEPT}`;
    for (const [from, to] of [
      [this.gitDir, `${aside}.git`],
      [this.dir, aside],
    ] as const) {
      await rename(from, to).catch((error: unknown) => {
        if (codeOf(error) !== 'ENOENT') throw error;
      });
    }
    const pointer = writeFile(join(aside, '.git'), `gitdir: ../${basename(aside)}.git\n`);
    // A scratch directory has no repository, and neither has one that the agent removed.
    await pointer.catch(() => undefined);
    await reconnectSubmodules(this, { dir: aside, gitDir: `${aside}.git` });
  }

  async #empty(): Promise<void> {
    const beside = [
      this.ownSettings,
      this.headsFile,
      this.phantomsFile,
      this.ignoredFile,
      this.compareDir,
      this.probeDir,
      this.rebaseFile,
      this.indexFile,
      ...LEFT_BESIDE.map((end) => `${this.indexFile}.${end}`),
    ];
    for (const path of [this.dir, this.gitDir, ...beside]) await removeTree(path);
  }
}

function isOwner(value: unknown): value is Owner {
  return typeof value === 'object' && value !== null && 'generation' in value && typeof value.generation === 'number';
}

/** Runs actions on one thing one after the other, in the order of the calls. */
export class Queues {
  readonly #last = new Map<string, Promise<unknown>>();

  run<T>(key: string, action: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const running = before.then(action, action);
    const settled = running.catch(() => undefined);
    this.#last.set(key, settled);
    void settled.then(() => {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    });
    return running;
  }
}

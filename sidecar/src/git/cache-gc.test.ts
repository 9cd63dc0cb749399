import { existsSync } from 'node:fs';
import { readdir, rename, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { task } from '../core/fixture.js';
import type { CacheLimits } from './cache-gc.js';
import { ANY_GATE, Place } from './fixture.js';
import { Git } from './git.js';
import type { GitWorkspaces } from './workspaces.js';
import type { GitWorkspace } from './worktree.js';

const HOUR_MS = 3_600_000;
const { signal } = new AbortController();
let place: Place;
let workspaces: GitWorkspaces;

beforeEach(async () => {
  place = await Place.make();
  workspaces = place.workspaces();
});
afterEach(() => place.remove());

const prepared = (job = place.job()) => place.prepared(workspaces, job);

function cleaned(more: Partial<CacheLimits> = {}) {
  const limits = {
    keepSeconds: 3600,
    minFreeDiskBytes: 0,
    now: Date.now() + 24 * HOUR_MS,
    inUse: () => new Set<string>(),
  };
  return workspaces.collectGarbage({ ...limits, ...more }, signal);
}

describe('what is removed', () => {
  it('is a cached repository that nobody has used for long, and not before', async () => {
    const { job, tree } = await prepared();
    await workspaces.dispose(job, signal);
    expect(await cleaned({ now: Date.now() })).toEqual({ removed: [], kept: [] });
    expect(await cleaned()).toEqual({ removed: [tree.mirror], kept: [] });
    expect(await readdir(join(place.root, 'repos', 'mirrors'))).toEqual([`${tree.mirror.split('/').at(-1)}.lock`]);
    await prepared(place.job(2));
  });

  it('is a worktree that was forgotten, when all of it is at the remote', async () => {
    const { job, tree } = await prepared();
    await place.commit(tree.dir, 'x.txt', 'x', 'x');
    const checked = await workspaces.check(job, signal);
    if (!checked.ok) throw new Error(checked.failure.message);
    await workspaces.push({ ...job, checked: checked.value }, signal);
    await prepared(place.jobOf(2));
    const { removed } = await cleaned({ inUse: () => new Set([place.jobOf(2).task.id]) });
    expect(removed).toEqual([tree.dir]);
    expect(existsSync(tree.gitDir)).toBe(false);
  });

  it('is a worktree whose work is kept', async () => {
    const { job, tree } = await prepared();
    await writeFile(join(tree.dir, 'x.txt'), 'x');
    await workspaces.salvage(job, signal);
    const { removed, kept } = await cleaned();
    expect(removed).toEqual([tree.dir]);
    expect(kept).toEqual([{ path: tree.mirror, why: expect.stringContaining(tree.salvageRef) }]);
  });

  it('is the least recently used while the disk is too full, but nothing young', async () => {
    const other = join(place.root, 'other.git');
    await place.git(place.root, 'clone', '--quiet', '--bare', place.origin, other);
    const mirrors: string[] = [];
    for (const url of [place.url, `file://${other}`]) {
      const { job, tree } = await prepared(place.job(1, { task: task({ repo: { url } }) }));
      await workspaces.dispose(job, signal);
      mirrors.push(tree.mirror);
    }
    const [used = '', unused = ''] = mirrors;
    const longAgo = new Date(Date.now() - 5 * HOUR_MS);
    await utimes(join(unused, 'config.pristine'), longAgo, longAgo);
    const wanted = (now: number, free: readonly number[]) => {
      const answers = [...free];
      const freeBytes = () => Promise.resolve(answers.shift() ?? 0);
      return cleaned({ keepSeconds: 30 * 86_400, minFreeDiskBytes: 100, now, freeBytes });
    };
    expect(await wanted(Date.now() + 2 * HOUR_MS, [100, 100])).toEqual({ removed: [], kept: [] });
    expect(await wanted(Date.now(), [50])).toEqual({ removed: [unused], kept: [] });
    expect(await wanted(Date.now() + 2 * HOUR_MS, [50])).toEqual({ removed: [used], kept: [] });
  });
});

describe('what is kept', () => {
  it('is a worktree that names its repository by a link', async () => {
    const { tree } = await prepared();
    const alternates = join(tree.gitDir, 'objects', 'info', 'alternates');
    await rename(alternates, join(place.root, 'alternates'));
    await symlink(join(place.root, 'alternates'), alternates);
    const { kept } = await cleaned();
    expect(kept).toContainEqual({ path: tree.dir, why: 'its cached repository is gone' });
  });

  it('is what is in use, and what that borrows from', async () => {
    const { job, tree } = await prepared();
    expect(await cleaned({ inUse: () => new Set([job.task.id]) })).toEqual({
      removed: [],
      kept: [
        { path: tree.dir, why: 'it is in use' },
        { path: tree.mirror, why: 'a worktree uses it' },
      ],
    });
  });

  it('is a cached repository that another sidecar has a worktree of', async () => {
    const outcome = await place.workspaces({ agent: 'other' }).prepare(place.job(), signal);
    expect(outcome.ok).toBe(true);
    expect(await cleaned()).toMatchObject({ removed: [], kept: [{ why: 'a worktree uses it' }] });
  });

  it.each([
    ['changes', async (tree: GitWorkspace) => writeFile(join(tree.dir, 'x.txt'), 'x'), 'not committed'],
    ['commits', async (tree: GitWorkspace) => place.commit(tree.dir, 'x.txt', 'x', 'x'), 'not pushed'],
    [
      'commits on another branch',
      async (tree: GitWorkspace) => {
        await place.git(tree.dir, 'checkout', '--quiet', '-b', 'aside');
        await place.commit(tree.dir, 'x.txt', 'x', 'x');
        await place.git(tree.dir, 'checkout', '--quiet', tree.branch);
      },
      'not pushed',
    ],
  ])('is a forgotten worktree with %s that are nowhere else', async (_name, work, why) => {
    const { tree } = await prepared();
    await work(tree);
    const { removed, kept } = await cleaned();
    expect(removed).toEqual([]);
    expect(kept[0]).toEqual({ path: tree.dir, why: expect.stringContaining(why) });
    expect(existsSync(tree.dir)).toBe(true);
  });

  it('is everything of an attempt that begins meanwhile', async () => {
    const { tree } = await prepared();
    const { id } = (await prepared(place.jobOf(2))).job.task;
    // A look into the worktree that takes until the attempt has the directory, if it ever gets it, or so long.
    const wait = `n=0; until grep -q ':2,' ${tree.dir}.owner || [ $n = 20 ]; do n=$((n+1)); sleep 0.05; done`;
    const program = await place.program(`case "$*" in *--porcelain=v1*) ${wait} ;; esac`);
    workspaces = place.workspaces({ git: new Git({ program, env: place.env, timeoutMs: 30_000, gate: ANY_GATE }) });
    let next: Promise<{ tree: GitWorkspace }> | undefined;
    const inUse = () => {
      next ??= prepared(place.job(2));
      return new Set([id]);
    };
    expect((await cleaned({ inUse })).removed).toEqual([tree.dir]);
    expect(await place.git((await next)?.tree.dir ?? '', 'status', '--porcelain')).toBe('');
  });

  it('is what salvage could not keep', async () => {
    const { job, tree } = await prepared();
    const inner = join(tree.dir, 'inner');
    await place.git(tree.dir, 'init', '--quiet', inner);
    await place.commit(inner, 'x.txt', 'x', 'inner');
    await workspaces.salvage(job, signal);
    expect((await cleaned()).kept[0]).toEqual({ path: tree.dir, why: 'it has files that exist nowhere else' });
    const next = await prepared(place.job(2));
    await workspaces.dispose(next.job, signal);
    expect((await cleaned()).kept[0]).toEqual({
      path: `${tree.dir}-g1-kept`,
      why: 'it has files that exist nowhere else',
    });
  });
});

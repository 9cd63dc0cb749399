// What an agent has committed in a submodule, and then left there for the commit that was checked out before.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '../core/job-model.js';
import { Place } from './fixture.js';
import type { GitWorkspaces } from './workspaces.js';
import type { GitWorkspace } from './worktree.js';

const { signal } = new AbortController();
let place: Place;
let workspaces: GitWorkspaces;
let library: string;
let job: Job;
let tree: GitWorkspace;

beforeEach(async () => {
  place = await Place.make();
  workspaces = place.workspaces();
  library = await place.library();
  ({ job, tree } = await place.worked(workspaces));
});
afterEach(() => place.remove());

const inLibrary = (...args: string[]) => place.git(join(tree.dir, 'lib'), ...args);

/** The commit that is left behind. */
async function fixed(): Promise<string> {
  const before = await inLibrary('rev-parse', 'HEAD');
  const commit = await place.commit(join(tree.dir, 'lib'), 'fix.txt', 'x', 'fix');
  await inLibrary('checkout', '--quiet', '--detach', before);
  return commit;
}

const notes = async () => (await place.checked(workspaces, job)).checked?.notes;

describe('a commit in a submodule that the work does not link to', () => {
  it.each([
    ['on a branch', ['-b', 'fix'], 'lib: fix'],
    ['on no branch', ['--detach'], 'lib: HEAD before it was moved'],
  ])('is named and kept: %s', async (_name, way, where) => {
    await inLibrary('checkout', '--quiet', ...way);
    const commit = await fixed();
    const ref = `${tree.salvageRef}-other-${commit.slice(0, 12)}`;
    expect(await notes()).toEqual([`not pushed: ${commit.slice(0, 12)} (${where}), kept as ${ref}`]);
    expect(await place.git(tree.mirror, 'show', `${ref}:fix.txt`)).toBe('x');
  });

  it('is named and kept when the submodule itself is gone', async () => {
    await inLibrary('checkout', '--quiet', '-b', 'fix');
    const commit = await fixed();
    await place.git(tree.dir, 'submodule', '--quiet', 'deinit', '--force', 'lib');
    expect(await notes()).toEqual([expect.stringContaining(`not pushed: ${commit.slice(0, 12)} (lib: fix)`)]);
  });

  it.each([
    ['by the name of its remote', 'origin'],
    ['by its address', 'address'],
  ])('is nothing to name once it is pushed, %s', async (_name, remote) => {
    await inLibrary('checkout', '--quiet', '-b', 'fix');
    await fixed();
    const to = remote === 'origin' ? remote : library;
    await inLibrary('-c', 'protocol.file.allow=always', 'push', '--quiet', to, 'fix');
    expect(await notes()).toEqual([]);
  });

  it('keeps a worktree that was forgotten', async () => {
    await inLibrary('checkout', '--quiet', '-b', 'fix');
    await fixed();
    await place.git(tree.dir, 'reset', '--quiet', '--hard', tree.base);
    const limits = { keepSeconds: 0, minFreeDiskBytes: 0, now: Date.now() + 3_600_000, inUse: () => new Set<string>() };
    const { kept } = await workspaces.collectGarbage(limits, signal);
    expect(kept).toContainEqual({ path: tree.dir, why: 'it has commits in submodules that were not pushed' });
  });

  it('keeps the files of an attempt that has failed', async () => {
    await inLibrary('checkout', '--quiet', '-b', 'fix');
    const commit = await fixed();
    const salvage = await workspaces.salvage(job, signal);
    expect(salvage).toMatchObject({ ref: tree.salvageRef, isComplete: false });
    await place.prepared(workspaces, place.job(2));
    expect(await place.git(join(`${tree.dir}-g1-kept`, 'lib'), 'rev-parse', 'fix')).toBe(commit);
  });
});

it('a submodule in which nothing was done has nothing to name or to keep', async () => {
  expect(await notes()).toEqual([]);
  expect(await workspaces.salvage(job, signal)).toMatchObject({ isComplete: true });
});

it('a submodule whose repository is damaged costs no finished work', async () => {
  await inLibrary('checkout', '--quiet', '-b', 'fix');
  const commit = await fixed();
  const blob = await inLibrary('rev-parse', 'fix:fix.txt');
  await rm(join(tree.gitDir, 'modules', 'lib', 'objects', blob.slice(0, 2)), { recursive: true });
  expect(await notes()).toEqual([
    expect.stringContaining(`not pushed: ${commit.slice(0, 12)} (lib: fix), and it could not be kept: git fetch`),
  ]);
});

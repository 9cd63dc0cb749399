// `agentcom task push`: whatever kept an attempt's work from being pushed, what was kept of it can be.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { task } from '../core/fixture.js';
import type { Job } from '../core/job-model.js';
import { Place } from './fixture.js';
import type { GitWorkspaces } from './workspaces.js';
import type { GitWorkspace } from './worktree.js';

const { signal } = new AbortController();
let place: Place;
let workspaces: GitWorkspaces;
let job: Job;
let tree: GitWorkspace;

beforeEach(async () => {
  place = await Place.make();
  workspaces = place.workspaces();
});
afterEach(() => place.remove());

const inTree = (...args: string[]) => place.git(tree.dir, ...args);

/** Takes the newest commit off the base that the attempt began from, and puts another in its place. */
async function rewriteBase(): Promise<void> {
  await place.git(place.seed, 'reset', '--quiet', '--hard', 'HEAD~1');
  await place.commit(place.seed, 'leak.txt', 'clean\n', 'clean');
  await place.git(place.seed, 'push', '--quiet', '--force', place.origin, 'HEAD:main');
}

/** How an attempt ends that has work to keep. */
const ENDS: readonly (readonly [code: string, how: string, end: () => Promise<unknown>])[] = [
  ['git.not_clean', 'a file was not committed', () => writeFile(join(tree.dir, 'new.txt'), 'new\n')],
  [
    'git.unfinished',
    'a cherry-pick is not finished',
    async () => {
      await inTree('checkout', '--quiet', '-b', 'other', 'HEAD~1');
      const other = await place.commit(tree.dir, 'work.txt', 'other\n', 'other');
      await inTree('checkout', '--quiet', tree.branch);
      await inTree('cherry-pick', other).catch(() => undefined);
    },
  ],
  [
    'git.base_lost',
    'the base was amended',
    async () => {
      await inTree('checkout', '--quiet', '--orphan', 'fresh');
      await inTree('commit', '--quiet', '-m', 'all anew');
      await inTree('branch', '-M', 'fresh', tree.branch);
    },
  ],
  [
    'git.base_rewritten',
    'the base conflicts',
    async () => {
      await place.commit(tree.dir, 'leak.txt', 'edited\n', 'edit');
      await rewriteBase();
    },
  ],
  [
    'git.base_rewritten',
    'the agent has pushed',
    async () => {
      await rewriteBase();
      await inTree('push', '--quiet', 'origin', 'HEAD');
    },
  ],
  [
    'git.no_commit',
    'everything is stashed',
    async () => {
      await inTree('reset', '--quiet', '--hard', tree.base);
      await writeFile(join(tree.dir, 'leak.txt'), 'stashed\n');
      await inTree('stash', '--quiet');
    },
  ],
  [
    'git.embedded_repository',
    'a repository is in the work',
    async () => {
      await mkdir(join(tree.dir, 'inner'));
      await place.git(join(tree.dir, 'inner'), 'init', '--quiet');
      await place.commit(join(tree.dir, 'inner'), 'x.txt', 'x', 'x');
      await inTree('add', 'inner');
      await inTree('commit', '--quiet', '-m', 'inner');
    },
  ],
  [
    'git.submodule_not_pushed',
    'nobody has the commit of a submodule',
    async () => {
      await place.commit(join(tree.dir, 'lib'), 'fix.txt', 'x', 'fix');
      await inTree('commit', '--quiet', '-am', 'newer library');
    },
  ],
  [
    'git.protected_pushed',
    'the agent has pushed to the base',
    async () => inTree('push', '--quiet', '--no-verify', 'origin', 'HEAD:main'),
  ],
  [
    'git.repository_replaced',
    'the agent has made another repository',
    async () => {
      await rm(join(tree.dir, '.git'));
      await inTree('init', '--quiet');
    },
  ],
];

describe('the kept work can be pushed after', () => {
  beforeEach(async () => {
    await place.library();
    await place.base({ 'leak.txt': 'secret\n' });
    ({ job, tree } = await place.worked(workspaces));
  });

  it.each(ENDS)('%s: %s', async (code, _how, end) => {
    await end();
    const checked = await workspaces.check(job, signal);
    expect(checked).toMatchObject({ ok: false, failure: { code } });
    const { ref } = await workspaces.salvage(job, signal);
    const kept = await place.git(tree.mirror, 'rev-parse', ref ?? '');
    await workspaces.dispose(job, signal);
    const approved = task({ repo: { url: place.url }, push: { salvageRef: ref ?? '' } });
    const next = await place.prepared(workspaces, place.job(2, { task: approved }));
    const again = await place.checked(workspaces, next.job);
    const isOffBase = code === 'git.base_rewritten';
    expect(again.checked?.notes).toEqual(isOffBase ? [expect.stringContaining('which main does not have')] : []);
    await workspaces.push(again, signal);
    expect(await place.git(place.origin, 'rev-parse', next.tree.branch)).toBe(kept);
  });
});

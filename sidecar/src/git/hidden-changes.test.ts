// Work that an agent has left where git's status does not show it.

import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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

async function prepare(of = place.job()): Promise<void> {
  ({ job, tree } = await place.prepared(workspaces, of));
}

/** A worktree with a commit on top of the base, so that only what is hidden is in its way. */
async function worked(): Promise<void> {
  await prepare();
  await place.commit(tree.dir, 'work.txt', 'x', 'work');
}

const git = (...args: string[]) => place.git(tree.dir, ...args);
const write = (path: string, content: string) => writeFile(join(tree.dir, path), content);

async function expectSentBackFor(path: string): Promise<void> {
  expect(await workspaces.check(job, signal)).toMatchObject({
    ok: false,
    failure: { code: 'git.not_clean', mend: 'agent', message: expect.stringContaining(path) },
  });
}

describe('a file in which git was told to see no change', () => {
  it.each(['--assume-unchanged', '--skip-worktree'])('by %s is sent back, and kept', async (flag) => {
    for (const version of ['2', '4']) {
      await worked();
      await git('update-index', '--index-version', version);
      await git('update-index', flag, 'README.md');
      await write('README.md', 'changed\n');
      await expectSentBackFor(' M README.md');
      // The agent sees it now as well.
      expect(await git('status', '--porcelain')).toBe('M README.md');
      const { ref } = await workspaces.salvage(job, signal);
      expect(await place.git(tree.mirror, 'show', `${ref}:README.md`)).toBe('changed');
    }
  });

  it('and in which there is none is no matter', async () => {
    await worked();
    await git('update-index', '--assume-unchanged', 'README.md');
    expect(await workspaces.check(job, signal)).toMatchObject({ ok: true, value: { notes: [] } });
  });

  it('and that is not there, since a part is checked out, stays in the work that is kept', async () => {
    await place.commit(place.seed, 'docs/a.txt', 'a\n', 'docs');
    place.publish();
    await worked();
    await git('sparse-checkout', 'set', 'src');
    expect(existsSync(join(tree.dir, 'docs'))).toBe(false);
    expect(await workspaces.check(job, signal)).toMatchObject({ ok: true });
    await write('more.txt', 'x');
    const { ref } = await workspaces.salvage(job, signal);
    expect(await place.git(tree.mirror, 'ls-tree', '-r', '--name-only', ref ?? '')).toBe(
      'README.md\ndocs/a.txt\nmore.txt\nwork.txt',
    );
  });
});

it.each([
  ['gone', (index: string) => rm(index)],
  ['damaged', (index: string) => writeFile(index, 'nothing of git')],
])('an index that is %s is built again, and nothing counts as changed', async (_how, spoil) => {
  await worked();
  await spoil(join(tree.gitDir, 'index'));
  expect(await workspaces.check(job, signal)).toMatchObject({
    ok: true,
    value: { notes: [expect.stringContaining('index was unusable')] },
  });
});

describe('inside of a submodule', () => {
  beforeEach(async () => {
    const library = join(place.root, 'library');
    await mkdir(library);
    await place.git(library, 'init', '--quiet', '--initial-branch=main');
    await place.commit(library, 'file', 'one\n', 'library');
    const add = ['-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', `file://${library}`, 'sub'];
    await place.git(place.seed, ...add);
    await place.git(place.seed, 'commit', '--quiet', '-m', 'submodule');
    place.publish();
    await worked();
  });

  it('an edit is sent back, and stays on the disk', async () => {
    await write('sub/file', 'lost?\n');
    await expectSentBackFor(' M sub/file');
    expect(await workspaces.salvage(job, signal)).toMatchObject({ isComplete: false });
  });

  it('a new file may be of a build, so it is named, and sent back only when it was staged', async () => {
    await write('sub/new', 'x\n');
    const notes = ['new files in submodules, so not part of the result: sub/new'];
    expect(await workspaces.check(job, signal)).toMatchObject({ ok: true, value: { notes } });
    await place.git(join(tree.dir, 'sub'), 'add', 'new');
    await expectSentBackFor('A  sub/new');
  });

  it('does not count what was there before the agent started, until it changes', async () => {
    const setUp = async () => {
      await write('sub/built', 'by the set-up\n');
      return { ok: true as const, value: null };
    };
    await workspaces.setUp(job, setUp, signal);
    expect(await workspaces.check(job, signal)).toMatchObject({ ok: true, value: { notes: [] } });
    expect(await workspaces.salvage(job, signal)).toMatchObject({ isComplete: true });
    await write('sub/built', 'by the agent\n');
    expect(await workspaces.check(job, signal)).toMatchObject({
      ok: true,
      value: { notes: [expect.stringMatching(/sub\/built$/)] },
    });
  });
});

it('changes in another worktree that the agent has added are sent back, and stay on the disk', async () => {
  await worked();
  const other = join(tree.dir, '..', 'other');
  await git('worktree', 'add', '--quiet', '-b', 'other', other);
  expect(await workspaces.check(job, signal)).toMatchObject({ ok: true });
  await write('README.md', 'changed\n');
  expect(await workspaces.salvage(job, signal)).toMatchObject({ isComplete: true });
  await git('checkout', '--quiet', 'README.md');
  await writeFile(join(other, 'lost.txt'), 'x');
  await expectSentBackFor('?? ../other/lost.txt');
  expect(await workspaces.salvage(job, signal)).toMatchObject({ isComplete: false });
});

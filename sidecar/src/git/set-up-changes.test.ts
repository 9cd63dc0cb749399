// What set-up commands change in files of the repository is not the agent's work; what the agent changes there is, and so is what was
// there before them.

import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '../core/job-model.js';
import { ANY_GATE, Place } from './fixture.js';
import { Git } from './git.js';
import type { GitWorkspaces } from './workspaces.js';
import type { GitWorkspace } from './worktree.js';

const { signal } = new AbortController();
let place: Place;
let workspaces: GitWorkspaces;

beforeEach(async () => {
  place = await Place.make();
  workspaces = place.workspaces();
  await place.base({ '.agentcom.toml': 'setup = ["npm ci"]\n', 'a.txt': 'a\n', 'b.txt': 'b\n' });
});
afterEach(() => place.remove());

const notClean = (path: string) => ({
  ok: false,
  failure: { code: 'git.not_clean', message: expect.stringContaining(path) },
});

it.each([
  ['changed', (dir: string) => writeFile(join(dir, 'a.txt'), 'set up\n')],
  ['removed', (dir: string) => rm(join(dir, 'a.txt'))],
  ['staged', (dir: string) => stage(dir, 'a.txt')],
  ['added and staged', (dir: string) => stage(dir, 'made.txt')],
  ['committed', (dir: string) => place.commit(dir, 'a.txt', 'set up\n', 'set up')],
])('files that they have %s are no work', async (_name, make) => {
  const { job, tree } = await place.setUp(workspaces, place.job(), make);
  expect(await workspaces.changedPaths(job, signal)).toEqual([]);
  expect(await workspaces.salvage(job, signal)).toEqual({ ref: null, isComplete: true });
  await place.commit(tree.dir, 'work.txt', 'done\n', 'work');
  expect(await workspaces.check(job, signal)).toMatchObject({ ok: true });
  expect(await place.git(tree.dir, 'diff', '--name-only', tree.base, 'HEAD')).toBe('work.txt');
});

it('files that they have changed are work once the agent has changed them too', async () => {
  const make = (dir: string) => writeFile(join(dir, 'a.txt'), 'set up\n');
  const { job, tree } = await place.setUp(workspaces, place.job(), make);
  await place.commit(tree.dir, 'work.txt', 'done\n', 'work');
  await writeFile(join(tree.dir, 'a.txt'), 'worked\n');
  expect(await workspaces.changedPaths(job, signal)).toEqual(['a.txt', 'work.txt']);
  expect(await workspaces.check(job, signal)).toMatchObject(notClean('a.txt'));
});

it.each(['--skip-worktree', '--assume-unchanged'])(
  'files that they have changed and hidden from git by %s are no work, until the agent has changed them',
  async (flag) => {
    const { job, tree } = await place.setUp(workspaces, place.job(), async (dir) => {
      await writeFile(join(dir, 'a.txt'), 'of this machine\n');
      await place.git(dir, 'update-index', flag, 'a.txt');
    });
    await writeFile(join(tree.dir, 'work.txt'), 'done\n');
    await place.git(tree.dir, 'add', '--all');
    await place.git(tree.dir, 'commit', '--quiet', '-m', 'work');
    expect(await workspaces.salvage(job, signal)).toMatchObject({ isComplete: true });
    expect(await place.git(tree.mirror, 'diff', '--name-only', tree.base, tree.salvageRef)).toBe('work.txt');
    expect(await workspaces.check(job, signal)).toMatchObject({ ok: true });
    expect(await place.git(tree.dir, 'diff', '--name-only', tree.base, 'HEAD')).toBe('work.txt');
    await writeFile(join(tree.dir, 'a.txt'), 'worked\n');
    expect(await workspaces.check(job, signal)).toMatchObject(notClean('a.txt'));
  },
);

it('work of an attempt before stays work, though the commands run after it is there', async () => {
  const first = await place.setUp(workspaces, place.job(), async () => undefined);
  await writeFile(join(first.tree.dir, 'a.txt'), 'worked\n');
  await mkdir(join(first.tree.dir, 'new'));
  await writeFile(join(first.tree.dir, 'new', 'file.txt'), 'new\n');
  const { ref } = await workspaces.salvage(first.job, signal);
  const again = place.job(2, { previous: { session: null, salvageRef: ref } });
  const { job, tree } = await place.setUp(workspaces, again, async (dir) => {
    await writeFile(join(dir, 'b.txt'), 'set up\n');
    await writeFile(join(dir, 'made.txt'), 'made\n');
  });
  expect(await workspaces.changedPaths(job, signal)).toEqual(['a.txt', 'new/file.txt']);
  await workspaces.salvage(job, signal);
  expect(await place.git(tree.mirror, 'diff', '--name-only', tree.base, tree.salvageRef)).toBe('a.txt\nnew/file.txt');
});

describe('a submodule', () => {
  beforeEach(async () => {
    const library = join(place.root, 'library.git');
    await place.git(place.root, 'init', '--quiet', '--bare', '--initial-branch=main', library);
    place.publish(library);
    const add = ['-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', pathToFileURL(library).href, 'lib'];
    await place.git(place.seed, ...add);
    await place.base({ 'c.txt': 'c\n' });
    await place.git(join(place.seed, 'lib'), 'checkout', '--quiet', '-b', 'next');
    await place.commit(join(place.seed, 'lib'), 'newer.txt', 'x', 'newer');
    await place.git(join(place.seed, 'lib'), 'push', '--quiet', library, 'next:main');
  });

  const update = (dir: string) =>
    place.git(dir, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'update', '--remote');
  let job: Job;
  let tree: GitWorkspace;
  beforeEach(async () => {
    ({ job, tree } = await place.setUp(workspaces, place.job(), update));
    expect(await place.git(tree.dir, 'status', '--porcelain')).toBe('M lib');
  });

  it('that they have moved is no work', async () => {
    expect(await workspaces.changedPaths(job, signal)).toEqual([]);
    expect(await workspaces.salvage(job, signal)).toEqual({ ref: null, isComplete: true });
    await place.commit(tree.dir, 'work.txt', 'done\n', 'work');
    expect(await workspaces.check(job, signal)).toMatchObject({ ok: true });
    expect(await place.git(tree.dir, 'diff', '--name-only', tree.base, 'HEAD')).toBe('work.txt');
  });

  it('that the agent has moved further is work', async () => {
    await place.commit(tree.dir, 'work.txt', 'done\n', 'work');
    await place.git(join(tree.dir, 'lib'), 'checkout', '--quiet', '-b', 'fix');
    expect(await workspaces.check(job, signal)).toMatchObject({ ok: true });
    await place.commit(join(tree.dir, 'lib'), 'fix.txt', 'x', 'fix');
    expect(await workspaces.changedPaths(job, signal)).toEqual(['lib', 'work.txt']);
    expect(await workspaces.check(job, signal)).toMatchObject(notClean('lib'));
    expect(await workspaces.salvage(job, signal)).toMatchObject({ isComplete: false });
  });

  it('in which the agent has left changes is kept with its directory', async () => {
    await writeFile(join(tree.dir, 'lib', 'README.md'), 'worked\n');
    expect(await workspaces.salvage(job, signal)).toMatchObject({ isComplete: false });
  });
});

async function stage(dir: string, file: string): Promise<void> {
  await writeFile(join(dir, file), 'set up\n');
  await place.git(dir, 'add', file);
}

it('a worktree in which git finds changes by itself keeps what the commands made', async () => {
  await place.base({ '.gitignore': 'node_modules/\n', 'app.rc': 'one\r\n' });
  await place.base({ '.gitattributes': '*.rc text eol=crlf\n' });
  const install = async (dir: string) => {
    await mkdir(join(dir, 'node_modules'));
    await writeFile(join(dir, 'node_modules', 'a.js'), 'x');
  };
  const by = place.workspaces({
    git: new Git({ program: await place.exactGit(), env: place.env, timeoutMs: 60_000, gate: ANY_GATE }),
  });
  const { tree } = await place.setUp(by, place.jobOf(1), install);
  await utimes(join(tree.dir, 'app.rc'), 1, 1);
  expect(await place.git(tree.dir, 'status', '--porcelain')).toBe('M app.rc');
  const second = await place.setUp(by, place.jobOf(2), install);
  expect(second.ran).toBe(false);
  expect(await readFile(join(second.tree.dir, 'node_modules', 'a.js'), 'utf8')).toBe('x');
});

it.each([
  ['removed', (dir: string) => rm(join(dir, '.git'))],
  ['locked', (dir: string) => writeFile(join(`${dir}.git`, 'index.lock'), '')],
])('a repository that they left %s is usable before the agent starts', async (_name, make) => {
  const { job, tree } = await place.setUp(workspaces, place.job(), make);
  await place.commit(tree.dir, 'work.txt', 'done\n', 'work');
  expect(await workspaces.check(job, signal)).toMatchObject({ ok: true, value: { base: tree.base } });
});

it.each([
  ['removed or replaced the worktree', (dir: string) => rm(dir, { recursive: true })],
  ['removed or replaced the repository', (dir: string) => rm(`${dir}.git`, { recursive: true })],
  ['removed or replaced the repository', (dir: string) => anotherRepository(dir)],
])('no agent starts once they have %s', async (what, make) => {
  const { job, tree } = await place.prepared(workspaces);
  const run = async () => {
    await make(tree.dir);
    return { ok: true, value: null } as const;
  };
  expect(await workspaces.setUp(job, run, signal)).toMatchObject({
    ok: false,
    failure: { class: 'permanent', code: 'setup.failed', message: expect.stringContaining(what) },
  });
});

async function anotherRepository(dir: string): Promise<void> {
  await rm(join(dir, '.git'));
  await place.git(dir, 'init', '--quiet');
}

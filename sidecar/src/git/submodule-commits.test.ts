// A result that links to commits of submodules can only be cloned when their remotes have them.

import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '../core/job-model.js';
import { ANY_GATE, Place } from './fixture.js';
import { Git } from './git.js';
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
  await prepare(place.job());
});
afterEach(() => place.remove());

async function prepare(of: Job): Promise<void> {
  ({ job, tree } = await place.prepared(workspaces, of));
}

const inLibrary = (...args: string[]) => place.git(join(tree.dir, 'lib'), ...args);

async function changedLibrary(): Promise<string> {
  const commit = await place.commit(join(tree.dir, 'lib'), 'fix.txt', 'x', 'fix');
  await place.git(tree.dir, 'commit', '--quiet', '-am', 'newer library');
  return commit;
}

it('goes back to the agent with path and commit when no remote has it, and the work is kept', async () => {
  const commit = await changedLibrary();
  expect(await workspaces.check(job, signal)).toMatchObject({
    ok: false,
    failure: {
      code: 'git.submodule_not_pushed',
      mend: 'agent',
      message: expect.stringContaining(`lib ${commit.slice(0, 12)}`),
    },
  });
  const salvage = await workspaces.salvage(job, signal);
  expect(salvage).toEqual({ ref: tree.salvageRef, isComplete: false });
  const aside = `${tree.dir}-g1-kept`;
  await prepare(place.job(2, { previous: { session: null, salvageRef: tree.salvageRef } }));
  expect(tree.restored).toBe(true);
  expect(await place.git(join(aside, 'lib'), 'rev-parse', 'HEAD')).toBe(commit);
  expect(await place.git(join(aside, 'lib'), 'status', '--porcelain')).toBe('');
});

it('is kept without a look through a link that the agent has put in the place of settings', async () => {
  await changedLibrary();
  const config = join(tree.gitDir, 'modules', 'lib', 'config');
  const other = join(place.root, 'other-config');
  await rename(config, other);
  await symlink(other, config);
  const before = await readFile(other, 'utf8');
  expect(await workspaces.salvage(job, signal)).toMatchObject({ isComplete: false });
  await prepare(place.job(2));
  expect(await readFile(other, 'utf8')).toBe(before);
});

it('goes back as well when the base has given the submodule another address meanwhile', async () => {
  await place.git(place.root, 'clone', '--quiet', '--bare', library, join(place.root, 'moved.git'));
  await inLibrary('push', '--quiet', library, `${await changedLibrary()}:main`);
  expect(await workspaces.check(job, signal)).toMatchObject({ ok: true });
  await place.git(place.seed, 'config', '--file', '.gitmodules', 'submodule.lib.url', '../moved.git');
  await place.git(place.seed, 'commit', '--quiet', '-am', 'moved');
  place.publish();
  const failure = { code: 'git.submodule_not_pushed', mend: 'agent' };
  expect(await workspaces.check(job, signal)).toMatchObject({ ok: false, failure });
});

describe('a submodule that is to be ignored', () => {
  beforeEach(async () => {
    await place.git(place.seed, 'config', '--file', '.gitmodules', 'submodule.lib.ignore', 'all');
    await place.git(place.seed, 'commit', '--quiet', '-am', 'ignored');
    place.publish();
    await prepare(place.job());
  });
  const bumped = async () => {
    await place.commit(join(tree.dir, 'lib'), 'fix.txt', 'x', 'fix');
    await place.git(tree.dir, 'add', '--force', 'lib');
    await place.git(tree.dir, 'commit', '--quiet', '-m', 'newer library');
  };

  it('is asked of its remote all the same', async () => {
    await place.commit(tree.dir, 'work.txt', 'x', 'work');
    await bumped();
    expect(await workspaces.check(job, signal)).toMatchObject({
      ok: false,
      failure: { code: 'git.submodule_not_pushed' },
    });
  });

  it('may be all of the work', async () => {
    await bumped();
    await inLibrary('push', '--quiet', library, 'HEAD:main');
    expect(await workspaces.check(job, signal)).toMatchObject({ ok: true });
  });
});

it.each([
  ['on a branch', 'refs/heads/fix'],
  ['by a tag', 'refs/tags/fix'],
])('passes when its remote has it %s, though not as the newest', async (_name, ref) => {
  await changedLibrary();
  await inLibrary('push', '--quiet', library, `HEAD:${ref}`);
  await inLibrary('commit', '--quiet', '--allow-empty', '-m', 'more');
  await inLibrary('push', '--quiet', library, `HEAD:${ref}`, '--force');
  await inLibrary('checkout', '--quiet', 'HEAD~1');
  expect(await workspaces.check(job, signal)).toMatchObject({ ok: true, value: { notes: [] } });
});

it('says so when the remote cannot be asked', async () => {
  await changedLibrary();
  await place.git(tree.dir, 'config', '--file', '.gitmodules', 'submodule.lib.url', 'http://127.0.0.1:9/library.git');
  await place.git(tree.dir, 'commit', '--quiet', '-am', 'elsewhere');
  expect(await workspaces.check(job, signal)).toMatchObject({
    ok: true,
    value: { notes: [expect.stringContaining('could not check')] },
  });
});

it('is asked of each of many submodules, and of those with one remote at once', async () => {
  const missing = await changedLibrary();
  const there = await inLibrary('rev-parse', 'HEAD~1');
  const modules = [...Array(25).keys()].map((n) => `[submodule "s${n}"]\n\tpath = s${n}\n\turl = ../library.git\n`);
  await writeFile(join(tree.dir, '.gitmodules'), modules.join(''), { flag: 'a' });
  const links = modules.map((_, n) => `160000,${n === 9 ? missing : there},s${n}`);
  await place.git(tree.dir, 'update-index', '--add', ...links.flatMap((link) => ['--cacheinfo', link]));
  for (const n of modules.keys()) await mkdir(join(tree.dir, `s${n}`));
  await place.git(tree.dir, 'add', '.gitmodules');
  await place.git(tree.dir, 'commit', '--quiet', '-m', 'many libraries');
  const log = join(place.root, 'fetches');
  const program = await place.program(`case " $* " in *" fetch "*library.git*) echo fetch >> '${log}' ;; esac`);
  const counting = place.workspaces({ git: new Git({ program, env: place.env, timeoutMs: 30_000, gate: ANY_GATE }) });
  expect(await counting.check(job, signal)).toMatchObject({
    ok: false,
    failure: { code: 'git.submodule_not_pushed', message: expect.stringContaining(`s9 ${missing.slice(0, 12)}`) },
  });
  expect((await readFile(log, 'utf8')).trim().split('\n').length).toBe(3);
});

describe('a link without an address', () => {
  it('is one that lost it', async () => {
    await rm(join(tree.dir, '.gitmodules'));
    await place.git(tree.dir, 'commit', '--quiet', '-am', 'no addresses');
    expect(await workspaces.check(job, signal)).toMatchObject({
      ok: false,
      failure: { code: 'git.embedded_repository', mend: 'agent', message: expect.stringContaining('lib ') },
    });
  });

  it('is one that only this machine can follow', async () => {
    const modules = join(tree.dir, '.gitmodules');
    await changedLibrary();
    await writeFile(modules, (await readFile(modules, 'utf8')).replace('../library.git', library));
    await place.git(tree.dir, 'commit', '--quiet', '-am', 'a path');
    expect(await workspaces.check(job, signal)).toMatchObject({
      ok: false,
      failure: {
        code: 'git.submodule_not_pushed',
        message: expect.stringContaining('others cannot use its address in .gitmodules'),
      },
    });
  });
});

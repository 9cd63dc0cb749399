// Where agents leave their work, other than on the branch that they were given.

import { execFileSync } from 'node:child_process';
import { lstat, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '../core/job-model.js';
import { Place } from './fixture.js';
import { Site } from './site.js';
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
  await place.git(place.seed, 'push', '--quiet', place.origin, 'HEAD:refs/heads/develop');
  ({ job, tree } = await place.prepared(workspaces));
});
afterEach(() => place.remove());

const git = (...args: string[]) => place.git(tree.dir, ...args);
const work = (file = 'work.txt') => place.commit(tree.dir, file, `${file}\n`, file);
const kept = () => place.git(tree.mirror, 'for-each-ref', '--format=%(objectname)', 'refs/agentcom/salvage/');

describe('the work is what stands on the base, wherever it is', () => {
  it.each<[string, () => Promise<string>]>([
    ['on a branch of the agent', () => git('checkout', '-qb', 'feature/x').then(() => work())],
    ['on a detached HEAD', () => git('checkout', '-q', '--detach').then(() => work())],
    ['on the branch under another name', () => work().then((tip) => git('branch', '-qm', 'mine').then(() => tip))],
    [
      'left on the branch, HEAD is back on the base',
      () => work().then((tip) => git('checkout', '-q', tree.base).then(() => tip)),
    ],
    [
      'left on another branch',
      async () => {
        await git('checkout', '-qb', 'feature/x');
        const tip = await work();
        await git('checkout', '-q', tree.branch);
        return tip;
      },
    ],
    [
      'left on a detached HEAD',
      async () => {
        await git('checkout', '-q', '--detach');
        const tip = await work();
        await git('checkout', '-q', tree.branch);
        return tip;
      },
    ],
    [
      'on the branch, HEAD looks at an older commit of it',
      async () => {
        const older = await work('one');
        const tip = await work('two');
        await git('checkout', '-q', older);
        return tip;
      },
    ],
    [
      'in a worktree of the agent',
      async () => {
        const beside = join(place.root, 'beside');
        await git('worktree', 'add', '-q', '-b', 'beside', beside);
        return place.commit(beside, 'work.txt', 'x', 'work');
      },
    ],
    [
      'in a worktree of the agent, on no branch',
      async () => {
        const beside = join(place.root, 'beside');
        await git('worktree', 'add', '-q', '--detach', beside);
        return place.commit(beside, 'work.txt', 'x', 'work');
      },
    ],
    [
      'on the branch, HEAD is at a branch of the remote',
      () => work().then((tip) => git('checkout', '-q', 'origin/develop').then(() => tip)),
    ],
    [
      'on an unborn branch',
      async () => {
        const tip = await work();
        await git('checkout', '-q', '--orphan', 'empty');
        await git('rm', '-rqf', '.');
        return tip;
      },
    ],
  ])('%s', async (_name, left) => {
    const tip = await left();
    const outcome = await workspaces.check(job, signal);
    if (!outcome.ok) throw new Error(outcome.failure.message);
    expect(outcome.value).toMatchObject({ commit: tip, notes: [expect.stringContaining('the work was found at')] });
    expect(await git('symbolic-ref', '--short', 'HEAD')).toBe(tree.branch);
    expect(await git('rev-parse', 'HEAD')).toBe(tip);
    expect(await git('status', '--porcelain')).toBe('');
    expect(await workspaces.check(job, signal)).toEqual({ ok: true, value: { ...outcome.value, notes: [] } });
    expect(await workspaces.push({ ...job, checked: outcome.value }, signal)).toMatchObject({ ok: true });
    expect(await place.git(place.origin, 'rev-parse', tree.branch)).toBe(tip);
  });
});

it('of several tips HEAD is pushed, and the others are named and kept', async () => {
  const first = await work('one');
  await git('checkout', '-qb', 'feature/x', tree.base);
  const second = await work('two');
  const outcome = await workspaces.check(job, signal);
  expect(outcome).toMatchObject({
    ok: true,
    value: {
      commit: second,
      notes: [expect.stringContaining('feature/x'), expect.stringContaining(`not pushed: ${first.slice(0, 12)}`)],
    },
  });
  expect(await kept()).toBe(first);
  // The branch was put on the other one; what it had is still said.
  expect(await workspaces.check(job, signal)).toMatchObject({
    ok: true,
    value: { commit: second, notes: [expect.stringContaining(first.slice(0, 12))] },
  });
});

it('a branch of the remote that was looked at is no work', async () => {
  await place.git(place.seed, 'checkout', '--quiet', '-b', 'ahead');
  await place.commit(place.seed, 'theirs', 'x', 'theirs');
  await place.git(place.seed, 'push', '--quiet', place.origin, 'ahead');
  const prepared = await workspaces.prepare(place.job(2), signal);
  if (!prepared.ok || prepared.value.kind !== 'git') throw new Error(JSON.stringify(prepared));
  await place.git(prepared.value.dir, 'checkout', '--quiet', 'origin/ahead');
  const outcome = await workspaces.check({ ...place.job(2), workspace: prepared.value }, signal);
  expect(outcome).toMatchObject({ ok: false, failure: { code: 'git.no_commit', mend: 'agent' } });
});

describe('a tag that somebody released meanwhile, and the agent fetched, is no work', () => {
  beforeEach(async () => {
    await place.commit(place.seed, 'theirs', 'x', 'theirs');
    await place.git(place.seed, 'tag', 'v1');
    await place.git(place.seed, 'push', '--quiet', place.origin, 'main', 'v1');
    await git('fetch', '--quiet');
    expect(await git('tag', '--list')).toBe('v1');
  });

  it('when it is checked', async () => {
    expect(await workspaces.check(job, signal)).toMatchObject({ ok: false, failure: { code: 'git.no_commit' } });
  });

  it('when changes are kept', async () => {
    await writeFile(join(tree.dir, 'new.txt'), 'x');
    await workspaces.salvage(job, signal);
    expect(await place.git(tree.mirror, 'show', `${tree.salvageRef}:new.txt`)).toBe('x');
    expect((await kept()).split('\n')).toHaveLength(1);
  });
});

it('no tag is work when it was not noted which tags there were', async () => {
  await place.commit(place.seed, 'theirs', 'x', 'theirs');
  await place.git(place.seed, 'tag', 'v1');
  await place.git(place.seed, 'push', '--quiet', place.origin, 'v1');
  const next = await place.prepared(workspaces, place.job(2));
  expect(await place.git(next.tree.dir, 'tag', '--list')).toBe('v1');
  // As versions before tags were noted have written it.
  await writeFile(
    new Site(join(place.root, 'repos'), 'tern', job.task.id).headsFile,
    `${tree.base} develop\n${tree.base} main\n`,
  );
  expect(await workspaces.check(next.job, signal)).toMatchObject({ ok: false, failure: { code: 'git.no_commit' } });
});

it('what the agent took back is no work', async () => {
  await work();
  await git('reset', '--quiet', '--hard', tree.base);
  expect(await workspaces.check(job, signal)).toMatchObject({ ok: false, failure: { code: 'git.no_commit' } });
});

it('salvage keeps every tip, and the changes that no commit has', async () => {
  const first = await work('one');
  await git('checkout', '-qb', 'feature/x', tree.base);
  const second = await work('two');
  await git('checkout', '-q', '--orphan', 'pages');
  const third = await place.commit(tree.dir, 'index.html', 'x', 'pages');
  await writeFile(join(tree.dir, 'index.html'), 'changed');
  expect(await workspaces.salvage(job, signal)).toEqual({ ref: tree.salvageRef, isComplete: true });
  const tips = (await kept()).split('\n');
  expect(tips).toEqual(expect.arrayContaining([first, second]));
  expect(await place.git(tree.mirror, 'show', `${third}:index.html`)).toBe('x');
  expect(tips).toHaveLength(4 - 1);
});

describe('what the agent has stashed', () => {
  const stashed = async () => {
    await writeFile(join(tree.dir, 'README.md'), 'valuable\n');
    await git('stash', '--quiet');
    return git('rev-parse', 'stash@{0}');
  };

  it('is named and kept beside the work', async () => {
    const tip = await work();
    const stash = await stashed();
    expect(await workspaces.check(job, signal)).toMatchObject({
      ok: true,
      value: { commit: tip, notes: [expect.stringContaining(`not pushed: ${stash.slice(0, 12)} (stash), kept as`)] },
    });
    expect(await kept()).toBe(stash);
  });

  it('is kept and named when the agent says that nothing has to change', async () => {
    const stash = await stashed();
    const said = { ...job, submitted: { summary: 'Fixed already.', noChange: 'main has it' } };
    expect(await workspaces.check(said, signal)).toMatchObject({
      ok: false,
      failure: { code: 'git.no_commit', notes: [expect.stringContaining(`${stash.slice(0, 12)} (stash), kept as`)] },
    });
    expect(await kept()).toBe(stash);
  });

  it('goes back to the agent when it is all there is, and to the next attempt', async () => {
    const stash = await stashed();
    expect(await workspaces.check(job, signal)).toMatchObject({
      ok: false,
      failure: { code: 'git.no_commit', mend: 'agent', message: expect.stringContaining('git stash pop') },
    });
    const { ref } = await workspaces.salvage(job, signal);
    expect((await kept()).split('\n')).toContain(stash);
    const next = await workspaces.prepare(place.job(2, { previous: { session: null, salvageRef: ref } }), signal);
    if (!next.ok || next.value.kind !== 'git') throw new Error(JSON.stringify(next));
    expect(await readFile(join(next.value.dir, 'README.md'), 'utf8')).toBe('valuable\n');
    expect(await place.git(next.value.dir, 'status', '--porcelain')).toBe('M README.md');
  });
});

describe('git that was left in the middle of something', () => {
  it.each([
    ['rebase', async () => git('rebase', '--quiet', 'other')],
    ['merge', async () => git('merge', '--quiet', 'other')],
    ['cherry-pick', async () => git('cherry-pick', 'other')],
  ])('goes back to the agent: %s', async (command, begin) => {
    await git('branch', 'other');
    await place.commit(tree.dir, 'README.md', 'mine\n', 'mine');
    await git('checkout', '-q', 'other');
    await place.commit(tree.dir, 'README.md', 'other\n', 'other');
    await git('checkout', '-q', tree.branch);
    await expect(begin()).rejects.toThrow();
    expect(await workspaces.check(job, signal)).toMatchObject({
      ok: false,
      failure: { code: 'git.unfinished', mend: 'agent', message: expect.stringContaining(`git ${command} --abort`) },
    });
  });

  it.each(['cherry-pick', 'revert'])('goes back to the agent: the rest of a %s after a conflict', async (command) => {
    for (const text of ['first', 'second']) await place.commit(tree.dir, 'README.md', `${text}\n`, text);
    await place.commit(tree.dir, 'README.md', 'mine\n', 'mine');
    await expect(git(command, 'HEAD~1', 'HEAD~2')).rejects.toThrow();
    await place.commit(tree.dir, 'README.md', 'both\n', 'solved');
    expect(await workspaces.check(job, signal)).toMatchObject({
      ok: false,
      failure: { code: 'git.unfinished', mend: 'agent', message: expect.stringContaining(`git ${command} --continue`) },
    });
    await git(command, '--abort');
    expect(await workspaces.check(job, signal)).toMatchObject({ ok: true });
  });

  it('does not matter when it is a bisection, or a checkout of a part', async () => {
    const tip = await work();
    await git('bisect', 'start', tip, tree.base);
    await git('sparse-checkout', 'set', 'nothing');
    await place.commit(place.seed, 'theirs', 'x', 'theirs');
    place.publish();
    const outcome = await workspaces.check(job, signal);
    if (!outcome.ok) throw new Error(outcome.failure.message);
    expect(await place.git(tree.dir, 'show', `${outcome.value.commit}:work.txt`)).toBe('work.txt');
    expect(await place.git(tree.dir, 'show', `${outcome.value.commit}:README.md`)).toBe('one');
  });
});

it('does not depend on an index that git splits by the settings of the user', async () => {
  await place.git(tree.dir, 'config', '--global', 'core.splitIndex', 'true');
  const outcome = await workspaces.prepare(place.job(2), signal);
  if (!outcome.ok || outcome.value.kind !== 'git') throw new Error(JSON.stringify(outcome));
  const commit = await place.commit(outcome.value.dir, 'work.txt', 'x', 'work');
  expect(await workspaces.check({ ...place.job(2), workspace: outcome.value }, signal)).toMatchObject({
    ok: true,
    value: { commit },
  });
});

it('does not depend on what the agent made of the settings', async () => {
  const tip = await work();
  await git('config', 'core.worktree', place.root);
  await writeFile(join(tree.gitDir, 'index.lock'), '');
  await writeFile(join(tree.dir, '.git'), 'gitdir: /nowhere\n');
  expect(await workspaces.check(job, signal)).toMatchObject({ ok: true, value: { commit: tip } });
  expect(await readFile(join(tree.dir, '.git'), 'utf8')).toBe(`gitdir: ${tree.gitDir}\n`);
});

it('leads the repository again to the objects that it borrows', async () => {
  await work();
  await rm(join(tree.gitDir, 'objects', 'info', 'alternates'));
  expect(await workspaces.check(job, signal)).toMatchObject({ ok: true });
});

it('checks a worktree out again that the agent has removed', async () => {
  const tip = await work();
  await rm(tree.dir, { recursive: true });
  expect(await workspaces.check(job, signal)).toMatchObject({
    ok: true,
    value: { commit: tip, notes: [expect.stringContaining('removed')] },
  });
  expect(await git('status', '--porcelain')).toBe('');
});

it('leaves alone what a link leads to that the agent has put in the place of its worktree', async () => {
  const tip = await work();
  const elsewhere = join(place.root, 'elsewhere');
  await mkdir(join(elsewhere, '.git'), { recursive: true });
  await writeFile(join(elsewhere, '.git', 'config'), 'of somebody else');
  await rm(tree.dir, { recursive: true });
  await symlink(elsewhere, tree.dir);
  expect(await workspaces.check(job, signal)).toMatchObject({
    ok: true,
    value: { commit: tip, notes: [expect.stringContaining('was replaced')] },
  });
  expect((await lstat(tree.dir)).isDirectory()).toBe(true);
  expect(await readFile(join(elsewhere, '.git', 'config'), 'utf8')).toBe('of somebody else');
});

it('salvages nothing of what such a link leads to', async () => {
  const elsewhere = join(place.root, 'elsewhere');
  await mkdir(elsewhere);
  await writeFile(join(elsewhere, 'private'), 'of somebody else');
  await rm(tree.dir, { recursive: true });
  await symlink(elsewhere, tree.dir);
  expect(await workspaces.salvage(job, signal)).toEqual({ ref: null, isComplete: false });
});

it.each([
  ['a link to a file', (path: string, other: string) => symlink(other, path)],
  ['a pipe', async (path: string) => void execFileSync('/bin/sh', ['-c', 'mkfifo "$1"', 'sh', path])],
])('replaces %s that the agent has put in the place of .git, and writes through nothing', async (_, put) => {
  const tip = await work();
  const other = join(place.root, 'other');
  await writeFile(other, 'of somebody else');
  await rm(join(tree.dir, '.git'));
  await put(join(tree.dir, '.git'), other);
  expect(await workspaces.check(job, signal)).toMatchObject({ ok: true, value: { commit: tip } });
  expect(await readFile(join(tree.dir, '.git'), 'utf8')).toBe(`gitdir: ${tree.gitDir}\n`);
  expect(await readFile(other, 'utf8')).toBe('of somebody else');
});

it('puts the repository back that the agent has replaced, and lets it commit there', async () => {
  await rm(join(tree.dir, '.git'));
  await git('init', '--quiet');
  await work();
  expect(await workspaces.check(job, signal)).toMatchObject({
    ok: false,
    failure: { code: 'git.repository_replaced', mend: 'agent' },
  });
  const commit = await work();
  expect(await workspaces.check(job, signal)).toMatchObject({ ok: true, value: { commit } });
});

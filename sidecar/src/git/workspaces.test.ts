import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Workspace } from '../core/attempt.js';
import { task } from '../core/fixture.js';
import type { Job } from '../core/job-model.js';
import { Place } from './fixture.js';
import type { GitWorkspaces } from './workspaces.js';

type Worktree = Extract<Workspace, { kind: 'git' }>;

const { signal } = new AbortController();
let place: Place;
let workspaces: GitWorkspaces;

beforeEach(async () => {
  place = await Place.make();
  workspaces = place.workspaces();
});
afterEach(() => place.remove());

/** Prepares a job; returns it with its worktree. */
async function prepared(job: Job = place.job(), by: GitWorkspaces = workspaces): Promise<{ job: Job; tree: Worktree }> {
  const outcome = await by.prepare(job, signal);
  if (!outcome.ok) throw new Error(outcome.failure.message);
  if (outcome.value.kind !== 'git') throw new Error('expected a worktree');
  return { job: { ...job, workspace: outcome.value }, tree: outcome.value };
}

/** A job whose agent has committed something, checked. */
async function worked(generation = 1): Promise<{ job: Job; tree: Worktree; commit: string }> {
  const { job, tree } = await prepared(place.job(generation));
  const commit = await place.commit(tree.dir, 'work.txt', 'done\n', 'work');
  return { job: { ...job, commit }, tree, commit };
}

describe('prepare', () => {
  it('makes a worktree of the fetched default branch, on a branch of its own', async () => {
    const { tree } = await prepared();
    expect(tree.branch).toBe('agentcom/tern/0123456789ab-g1-mend-the-roof');
    expect(await place.git(tree.dir, 'symbolic-ref', '--short', 'HEAD')).toBe(tree.branch);
    expect(await place.git(tree.dir, 'rev-parse', 'HEAD')).toBe(tree.base);
    expect(await readFile(join(tree.dir, 'README.md'), 'utf8')).toBe('one\n');
    expect(await place.git(tree.mirror, 'rev-parse', '--is-bare-repository')).toBe('true');
  });

  it('starts from what the remote has now, however often the mirror was used before', async () => {
    await prepared();
    const second = await place.commit(place.seed, 'README.md', 'two\n', 'second');
    await place.git(place.seed, 'push', '--quiet', place.origin, 'main');
    const { tree } = await prepared(place.job(2));
    expect(tree.base).toBe(second);
  });

  it('starts from the branch that the task names', async () => {
    await place.git(place.seed, 'checkout', '--quiet', '-b', 'release/1.x');
    const tip = await place.commit(place.seed, 'fix.txt', 'x', 'fix');
    await place.git(place.seed, 'push', '--quiet', place.origin, 'release/1.x');
    const { tree } = await prepared(place.job(1, { task: task({ repo: { url: place.url, base: 'release/1.x' } }) }));
    expect(tree.base).toBe(tip);
  });

  it('begun again, makes the worktree anew', async () => {
    const { job, tree } = await prepared();
    await writeFile(join(tree.dir, 'half.txt'), 'left by a crash');
    const again = await prepared({ ...job, workspace: null });
    expect(again.tree).toEqual(tree);
    expect(existsSync(join(tree.dir, 'half.txt'))).toBe(false);
  });

  it('leaves the branches of other attempts alone, also unpushed ones, when it fetches', async () => {
    const { tree, commit } = await worked(1);
    await prepared(place.job(2));
    expect(await place.git(tree.mirror, 'rev-parse', `refs/heads/${tree.branch}`)).toBe(commit);
    expect(await place.git(tree.dir, 'rev-parse', 'HEAD')).toBe(commit);
  });

  it('serves several sidecars on one mirror at once', async () => {
    const generations = [1, 2, 3, 4, 5, 6];
    const trees = await Promise.all(
      generations.map((generation) =>
        prepared(place.job(generation), place.workspaces({ agent: `tern-${generation % 3}` })),
      ),
    );
    expect(new Set(trees.map(({ tree }) => tree.mirror)).size).toBe(1);
    expect(new Set(trees.map(({ tree }) => tree.dir)).size).toBe(generations.length);
  });

  it('gives a task without a repository an empty directory', async () => {
    const { repo: _repo, ...plain } = task();
    const outcome = await workspaces.prepare({ ...place.job(), task: plain }, signal);
    expect(outcome).toMatchObject({ ok: true, value: { kind: 'scratch' } });
  });

  it('runs no hook that an attempt before has set up, and leaves none to the next', async () => {
    const { tree } = await prepared();
    const traces = [
      await place.plantHook(join(tree.mirror, 'hooks'), 'post-checkout'),
      await place.plantHook(join(place.root, 'shared-hooks'), 'reference-transaction'),
    ];
    await place.git(tree.dir, 'config', 'core.hooksPath', join(place.root, 'shared-hooks'));
    const next = await prepared(place.job(2));
    for (const trace of traces) expect(existsSync(trace)).toBe(false);
    await place.commit(next.tree.dir, 'x.txt', 'x', 'no hook stops this');
  });

  it('removes lock files that a crash of the machine left', async () => {
    const { tree } = await prepared();
    await place.commit(place.seed, 'README.md', 'two\n', 'second');
    await place.git(place.seed, 'push', '--quiet', place.origin, 'main');
    const lock = join(tree.mirror, 'refs', 'remotes', 'origin', 'main.lock');
    await writeFile(lock, '');
    const hourAgo = new Date(Date.now() - 3_600_000);
    await utimes(lock, hourAgo, hourAgo);
    await prepared(place.job(2));
    expect(existsSync(lock)).toBe(false);
  });

  it.each([
    ['a repository that is not there', { url: 'file:///nowhere/at/all.git' }, 'git.not_found', 'permanent'],
    ['a branch that is not there', { base: 'nowhere' }, 'git.base_not_found', 'permanent'],
    ['a helper as address', { url: 'ext::sh -c touch% /tmp/x' }, 'git.address_refused', 'permanent'],
    ['an option as address', { url: '--upload-pack=touch' }, 'git.address_refused', 'permanent'],
    ['a plain path as address', { url: '/etc' }, 'git.address_refused', 'permanent'],
    ['a host that is not there', { url: 'http://127.0.0.1:9/x.git' }, 'git.remote_unreachable', 'transient'],
  ])('fails on %s', async (_name, repo, code, kind) => {
    const outcome = await workspaces.prepare(
      place.job(1, { task: task({ repo: { url: place.url, ...repo } }) }),
      signal,
    );
    expect(outcome).toMatchObject({ ok: false, failure: { class: kind, code } });
  });

  it('fails on an empty repository', async () => {
    const empty = join(place.root, 'empty.git');
    await place.git(place.root, 'init', '--quiet', '--bare', empty);
    const outcome = await workspaces.prepare(
      place.job(1, { task: task({ repo: { url: `file://${empty}` } }) }),
      signal,
    );
    expect(outcome).toMatchObject({ ok: false, failure: { class: 'permanent', code: 'git.no_default_branch' } });
  });
});

describe('check', () => {
  const codeOf = async (job: Job) => {
    const outcome = await workspaces.check(job, signal);
    return outcome.ok ? outcome.value : outcome.failure.code;
  };

  it('gives the tip of work that is committed', async () => {
    const { job, commit } = await worked();
    expect(await codeOf(job)).toBe(commit);
  });

  it('refuses work that is not committed, names it, and does not mind what the repository ignores', async () => {
    const { job, tree } = await worked();
    await place.commit(tree.dir, '.gitignore', 'build/\n', 'ignore');
    await mkdir(join(tree.dir, 'build'));
    await writeFile(join(tree.dir, 'build', 'x'), '');
    expect(await codeOf(job)).toMatch(/^[0-9a-f]{40}$/);
    await writeFile(join(tree.dir, 'new.txt'), '');
    const outcome = await workspaces.check(job, signal);
    expect(outcome).toMatchObject({ ok: false, failure: { class: 'verification', code: 'git.not_clean' } });
    expect(JSON.stringify(outcome)).toContain('new.txt');
  });

  it('refuses when nothing was committed', async () => {
    const { job } = await prepared();
    expect(await codeOf(job)).toBe('git.no_commit');
  });

  it('refuses another branch', async () => {
    const { job, tree } = await worked();
    await place.git(tree.dir, 'checkout', '--quiet', '-b', 'elsewhere');
    expect(await codeOf(job)).toBe('git.wrong_branch');
  });

  it('refuses a history that was rewritten below the base', async () => {
    const { job, tree } = await worked();
    await place.git(tree.dir, 'commit', '--quiet', '--amend', '-m', 'x');
    await place.git(tree.dir, 'checkout', '--quiet', '--orphan', 'fresh');
    await place.git(tree.dir, 'commit', '--quiet', '-m', 'orphan');
    await place.git(tree.dir, 'branch', '-M', 'fresh', tree.branch);
    expect(await codeOf(job)).toBe('git.base_lost');
  });

  it('does not depend on what the worktree says of its repository', async () => {
    const { job, tree, commit } = await worked();
    await writeFile(join(tree.dir, '.git'), 'gitdir: /somewhere/else\n');
    expect(await codeOf(job)).toBe(commit);
  });
});

describe('push', () => {
  const atOrigin = (branch: string) => place.git(place.origin, 'rev-parse', '--verify', `refs/heads/${branch}`);

  it('brings the branch, and only that, to the remote', async () => {
    const { job, tree, commit } = await worked();
    await place.git(tree.dir, 'branch', 'aside');
    await place.git(tree.dir, 'tag', 'v1');
    expect(await workspaces.push(job, signal)).toEqual({ ok: true, value: null });
    expect(await atOrigin(tree.branch)).toBe(commit);
    expect(await place.git(place.origin, 'for-each-ref', '--format=%(refname)')).toBe(
      `refs/heads/${tree.branch}\nrefs/heads/main`,
    );
  });

  it('twice is the same as once', async () => {
    const { job } = await worked();
    await workspaces.push(job, signal);
    expect(await workspaces.push(job, signal)).toEqual({ ok: true, value: null });
  });

  it('goes on from what the agent pushed itself', async () => {
    const { job, tree } = await worked();
    await place.git(tree.dir, 'push', '--quiet', place.url, 'HEAD');
    const commit = await place.commit(tree.dir, 'more.txt', 'x', 'more');
    expect(await workspaces.push({ ...job, commit }, signal)).toEqual({ ok: true, value: null });
    expect(await atOrigin(tree.branch)).toBe(commit);
  });

  it('replaces nothing of somebody else', async () => {
    const { job, tree } = await worked();
    const other = await place.commit(place.seed, 'theirs.txt', 'x', 'theirs');
    await place.git(place.seed, 'push', '--quiet', place.origin, `HEAD:refs/heads/${tree.branch}`);
    expect(await workspaces.push(job, signal)).toMatchObject({ ok: false, failure: { code: 'git.branch_taken' } });
    expect(await atOrigin(tree.branch)).toBe(other);
  });

  it('runs no hook of the mirror', async () => {
    const { job, tree } = await worked();
    const trace = await place.plantHook(join(tree.mirror, 'hooks'), 'pre-push');
    expect(await workspaces.push(job, signal)).toEqual({ ok: true, value: null });
    expect(existsSync(trace)).toBe(false);
  });

  it('that the remote declines is a matter of the work', async () => {
    const { job } = await worked();
    await place.plantHook(join(place.origin, 'hooks'), 'pre-receive');
    expect(await workspaces.push(job, signal)).toMatchObject({
      ok: false,
      failure: { class: 'verification', code: 'git.push_refused' },
    });
  });
});

describe('salvage', () => {
  const show = (tree: Worktree, path: string) => place.git(tree.mirror, 'show', `${tree.salvageRef}:${path}`);

  it('keeps commits, changes and new files, but not what the repository ignores', async () => {
    const { job, tree } = await worked();
    await place.commit(tree.dir, '.gitignore', 'build/\n', 'ignore');
    await writeFile(join(tree.dir, 'README.md'), 'changed\n');
    await mkdir(join(tree.dir, 'build'));
    await writeFile(join(tree.dir, 'build', 'x'), '');
    await mkdir(join(tree.dir, 'deep', 'er'), { recursive: true });
    await writeFile(join(tree.dir, 'deep', 'er', '-n new.txt'), 'new');
    expect(await workspaces.salvage(job, signal)).toEqual({ ref: tree.salvageRef, isComplete: true });
    expect(await show(tree, 'work.txt')).toBe('done');
    expect(await show(tree, 'README.md')).toBe('changed');
    expect(await show(tree, 'deep/er/-n new.txt')).toBe('new');
    await expect(show(tree, 'build/x')).rejects.toThrow();
    expect(await place.git(tree.mirror, 'log', '-1', '--format=%an <%ae> %cn', tree.salvageRef)).toBe(
      'Tern <tern@example.invalid> Tern',
    );
  });

  it('keeps commits as they are when nothing else is there', async () => {
    const { job, tree, commit } = await worked();
    await workspaces.salvage(job, signal);
    expect(await place.git(tree.mirror, 'rev-parse', tree.salvageRef)).toBe(commit);
  });

  it('keeps nothing when there is nothing', async () => {
    const { job } = await prepared();
    expect(await workspaces.salvage(job, signal)).toEqual({ ref: null, isComplete: true });
  });

  it('keeps the commits of the branch, too, when something else is checked out', async () => {
    const { job, tree, commit } = await worked();
    await place.git(tree.dir, 'checkout', '--quiet', '-b', 'elsewhere', tree.base);
    await place.commit(tree.dir, 'other.txt', 'x', 'other');
    await workspaces.salvage(job, signal);
    expect(await show(tree, 'other.txt')).toBe('x');
    expect(await place.git(tree.mirror, 'merge-base', commit, tree.salvageRef)).toBe(commit);
  });

  it('keeps work in the middle of a conflict, and with a lock left by a killed git', async () => {
    const { job, tree } = await worked();
    await place.git(tree.dir, 'checkout', '--quiet', '-b', 'side', tree.base);
    await place.commit(tree.dir, 'work.txt', 'other\n', 'other');
    await expect(place.git(tree.dir, 'merge', tree.branch)).rejects.toThrow();
    await writeFile(join(tree.gitDir, 'index.lock'), '');
    expect(await workspaces.salvage(job, signal)).toEqual({ ref: tree.salvageRef, isComplete: true });
    expect(await show(tree, 'work.txt')).toContain('<<<<<<<');
  });

  it('can be done again, after a kill in the middle and when the worktree is gone', async () => {
    const { job, tree, commit } = await worked();
    await writeFile(`${tree.dir}.index.lock`, '');
    await writeFile(join(tree.dir, 'new.txt'), 'new');
    await workspaces.salvage(job, signal);
    expect(await workspaces.salvage(job, signal)).toEqual({ ref: tree.salvageRef, isComplete: true });
    expect(await show(tree, 'new.txt')).toBe('new');
    await rm(tree.dir, { recursive: true });
    await workspaces.salvage(job, signal);
    expect(await place.git(tree.mirror, 'merge-base', commit, tree.salvageRef)).toBe(commit);
  });

  it('says so when a repository within keeps its own work', async () => {
    const { job, tree } = await worked();
    const inner = join(tree.dir, 'inner');
    await mkdir(inner);
    await place.git(inner, 'init', '--quiet');
    await place.commit(inner, 'x.txt', 'x', 'inner');
    expect(await workspaces.salvage(job, signal)).toEqual({ ref: tree.salvageRef, isComplete: false });
  });

  it('follows no link out of the worktree', async () => {
    const { job, tree } = await worked();
    await symlink('/etc', join(tree.dir, 'etc'));
    await workspaces.salvage(job, signal);
    expect(await place.git(tree.mirror, 'ls-tree', tree.salvageRef, 'etc')).toMatch(/^120000 blob/);
  });

  it('leaves the files where they are, and says so, when git cannot do it', async () => {
    const { job, tree } = await worked();
    await rm(tree.mirror, { recursive: true });
    expect(await workspaces.salvage(job, signal)).toEqual({ ref: null, isComplete: false });
    expect(place.warnings).toHaveLength(1);
  });
});

describe('dispose', () => {
  it('removes worktree and branch and keeps what was salvaged', async () => {
    const { job, tree } = await worked();
    await workspaces.salvage(job, signal);
    await workspaces.dispose(job, signal);
    expect(existsSync(tree.dir)).toBe(false);
    expect(await place.git(tree.mirror, 'worktree', 'list')).not.toContain(tree.dir);
    expect(await place.git(tree.mirror, 'for-each-ref', '--format=%(refname)', 'refs/heads', 'refs/agentcom')).toBe(
      tree.salvageRef,
    );
  });

  it('can be done again, and for a job that was never prepared', async () => {
    const { job } = await worked();
    await workspaces.dispose(job, signal);
    await workspaces.dispose(job, signal);
    await workspaces.dispose(place.job(7), signal);
  });
});

it('an aborted call rejects with the reason, and its git is gone', async () => {
  const reason = new Error('enough');
  const aborted = new AbortController();
  const calling = workspaces.prepare(place.job(), aborted.signal);
  aborted.abort(reason);
  await expect(calling).rejects.toBe(reason);
});

import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Workspace } from '../core/attempt.js';
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

const prepared = (job = place.job(), by = workspaces) => place.prepared(by, job);

const worked = (generation = 1) => place.worked(workspaces, generation);

describe('salvage', () => {
  const show = (tree: Worktree, path: string) => place.git(tree.mirror, 'show', `${tree.salvageRef}:${path}`);

  it('says whether the agent has pushed its branch', async () => {
    const { job, tree } = await worked();
    await place.git(tree.dir, 'push', '--quiet', 'origin', 'HEAD');
    expect(await workspaces.salvage(job, signal)).toEqual({
      ref: tree.salvageRef,
      isComplete: true,
      branch: tree.branch,
    });
  });

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
    const other = `${tree.salvageRef}-other-${commit.slice(0, 12)}`;
    expect(await place.git(tree.mirror, 'rev-parse', other)).toBe(commit);
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
    expect(existsSync(tree.gitDir)).toBe(false);
    expect(await place.git(tree.mirror, 'for-each-ref', '--format=%(refname)', 'refs/heads', 'refs/agentcom')).toBe(
      `refs/agentcom/began/tern/0123456789ab-g1\n${tree.salvageRef}`,
    );
  });

  it('removes nothing of a newer attempt at the same task', async () => {
    const { job } = await worked(1);
    const { tree } = await prepared(place.job(2));
    await workspaces.dispose(job, signal);
    expect(await place.git(tree.dir, 'status', '--porcelain')).toBe('');
    expect(tree.dir).toBe((job.workspace as Worktree).dir);
  });

  it('is not missed by the next attempt: what could not be kept is moved aside', async () => {
    const { job, tree } = await worked(1);
    const inner = join(tree.dir, 'inner');
    await mkdir(inner);
    await place.git(inner, 'init', '--quiet');
    await place.commit(inner, 'x.txt', 'x', 'inner');
    expect(await workspaces.salvage(job, signal)).toMatchObject({ isComplete: false });
    await prepared(place.job(2));
    const aside = `${tree.dir}-g1-kept`;
    expect(await readFile(join(aside, 'inner', 'x.txt'), 'utf8')).toBe('x');
    expect(await place.git(aside, 'log', '-1', '--format=%s')).toBe('work');
  });

  it('can be done again, and for a job that was never prepared', async () => {
    const { job } = await worked();
    await workspaces.dispose(job, signal);
    await workspaces.dispose(job, signal);
    await workspaces.dispose(place.job(7), signal);
  });
});

describe('work that is let through', () => {
  const task = (job: Job) => ({ ...job.task, push: { salvageRef: job.salvage?.ref ?? '' } });

  async function kept(): Promise<Job> {
    const { job, tree } = await worked();
    await writeFile(join(tree.dir, 'left.txt'), 'not committed\n');
    return { ...job, salvage: await workspaces.salvage(job, signal) };
  }

  it('is pushed as it was kept, without a check', async () => {
    const before = await kept();
    await workspaces.dispose(before, signal);
    const { job, tree } = await prepared(place.job(2, { task: task(before) }));
    const checked = await workspaces.check(job, signal);
    if (!checked.ok) throw new Error(checked.failure.message);
    expect(await workspaces.push({ ...job, checked: checked.value }, signal)).toEqual({ ok: true, value: null });
    expect(await place.git(place.origin, 'show', `${tree.branch}:left.txt`)).toBe('not committed');
    expect(await place.git(place.origin, 'show', `${tree.branch}:work.txt`)).toBe('done');
  });

  it('has to be there still', async () => {
    const before = await kept();
    await rm(join(place.root, 'repos', 'mirrors'), { recursive: true });
    const outcome = await workspaces.prepare(place.job(2, { task: task(before) }), signal);
    expect(outcome).toMatchObject({ ok: false, failure: { class: 'permanent', code: 'git.kept_work_gone' } });
  });
});

// What the check does when the remote has moved on.

import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Checked } from '../core/attempt.js';
import { task } from '../core/fixture.js';
import type { Job } from '../core/job-model.js';
import { ANY_GATE, Place } from './fixture.js';
import { Git } from './git.js';
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
  ({ job, tree } = await place.prepared(workspaces));
});
afterEach(() => place.remove());

/** Somebody else's commit on main. */
async function moved(file: string, content: string): Promise<string> {
  const commit = await place.commit(place.seed, file, content, 'theirs');
  place.publish();
  return commit;
}

async function checked(): Promise<Checked> {
  const outcome = await workspaces.check(job, signal);
  if (!outcome.ok) throw new Error(outcome.failure.message);
  return outcome.value;
}

it('puts the work on top of a base that has moved, and says so', async () => {
  await place.commit(tree.dir, 'a.txt', 'a', 'a');
  await place.commit(tree.dir, 'b.txt', 'b', 'b');
  const base = await moved('theirs.txt', 'x');
  const found = await checked();
  expect(found).toMatchObject({ base, notes: [expect.stringContaining('rebased onto')] });
  expect(await place.git(tree.dir, 'log', '--format=%s', `${base}..${found.commit}`)).toBe('b\na');
  expect(await place.git(tree.dir, 'rev-parse', tree.branch)).toBe(found.commit);
  expect(await place.git(tree.dir, 'status', '--porcelain')).toBe('');
  expect(await readFile(join(tree.dir, 'theirs.txt'), 'utf8')).toBe('x');
  expect(await place.git(tree.dir, 'log', '-1', '--format=%an, %cn')).toBe('Agent, Tern');
  expect(await workspaces.push({ ...job, checked: found }, signal)).toMatchObject({ ok: true });
  expect(await place.git(place.origin, 'rev-parse', tree.branch)).toBe(found.commit);
});

it('sees the history as it is, not as the repository of an agent shows it', async () => {
  await place.git(tree.dir, 'checkout', '--quiet', '--orphan', 'other');
  const orphan = await place.commit(tree.dir, 'x.txt', 'x', 'x');
  const files = await place.git(tree.dir, 'rev-parse', 'HEAD^{tree}');
  await place.git(
    tree.dir,
    'replace',
    orphan,
    await place.git(tree.dir, 'commit-tree', files, '-p', tree.base, '-m', 'x'),
  );
  await place.git(tree.dir, 'update-ref', `refs/heads/${tree.branch}`, orphan);
  await place.git(tree.dir, 'symbolic-ref', 'HEAD', `refs/heads/${tree.branch}`);
  expect(await workspaces.check(job, signal)).toMatchObject({ ok: false, failure: { code: 'git.base_lost' } });
});

it('leaves work that conflicts as it is, and says where', async () => {
  const commit = await place.commit(tree.dir, 'README.md', 'mine\n', 'mine');
  await moved('README.md', 'theirs\n');
  await moved('other.txt', 'x');
  const found = await checked();
  expect(found).toEqual({
    commit,
    base: tree.base,
    notes: ['2 commits behind main, not rebased: conflicts in README.md'],
  });
  expect(await place.git(tree.dir, 'symbolic-ref', '--short', 'HEAD')).toBe(tree.branch);
  expect(await place.git(tree.dir, 'rev-parse', 'HEAD')).toBe(commit);
  expect(await place.git(tree.dir, 'status', '--porcelain')).toBe('');
  expect(await workspaces.push({ ...job, checked: found }, signal)).toMatchObject({ ok: true });
});

it('is the same when it is done again', async () => {
  await place.commit(tree.dir, 'a.txt', 'a', 'a');
  const base = await moved('theirs.txt', 'x');
  const first = await checked();
  expect(await checked()).toEqual({ commit: first.commit, base, notes: [] });
});

it('takes back a rebase that was killed in the middle', async () => {
  const commit = await place.commit(tree.dir, 'README.md', 'mine\n', 'mine');
  const base = await moved('README.md', 'theirs\n');
  const { rebaseFile } = new Site(join(place.root, 'repos'), 'tern', job.task.id);
  await writeFile(rebaseFile, commit);
  await place.git(tree.dir, 'fetch', '--quiet', 'origin');
  await expect(place.git(tree.dir, 'rebase', '--quiet', base)).rejects.toThrow();
  expect(await checked()).toMatchObject({ commit, notes: [expect.stringContaining('conflicts in README.md')] });
  expect(existsSync(rebaseFile)).toBe(false);
  await writeFile(rebaseFile, commit);
  await expect(place.git(tree.dir, 'rebase', '--quiet', base)).rejects.toThrow();
  expect(await workspaces.salvage(job, signal)).toMatchObject({ isComplete: true });
  expect(await place.git(tree.mirror, 'rev-parse', tree.salvageRef)).toBe(commit);
});

it('rewrites neither merges nor what the agent has pushed', async () => {
  await place.git(tree.dir, 'checkout', '--quiet', '-b', 'mine');
  await place.commit(tree.dir, 'a.txt', 'a', 'a');
  await place.git(tree.dir, 'checkout', '--quiet', tree.branch);
  const commit = await place
    .git(tree.dir, 'merge', '--quiet', '--no-ff', '-m', 'join', 'mine')
    .then(() => place.git(tree.dir, 'rev-parse', 'HEAD'));
  await moved('theirs.txt', 'x');
  expect(await checked()).toMatchObject({
    commit,
    notes: ['1 commit behind main, not rebased: it contains merge commits'],
  });
  await place.git(tree.dir, 'reset', '--quiet', '--hard', tree.base);
  await place.git(tree.dir, 'branch', '--quiet', '-D', 'mine');
  const pushed = await place.commit(tree.dir, 'b.txt', 'b', 'b');
  await place.git(tree.dir, 'push', '--quiet', 'origin', 'HEAD');
  expect(await checked()).toMatchObject({
    commit: pushed,
    notes: ['1 commit behind main, not rebased: it has already been pushed'],
  });
});

it('says nothing when the agent has taken in the new base itself', async () => {
  await place.commit(tree.dir, 'a.txt', 'a', 'a');
  const base = await moved('theirs.txt', 'x');
  await place.git(tree.dir, 'fetch', '--quiet', 'origin');
  await place.git(tree.dir, 'merge', '--quiet', 'origin/main');
  expect(await checked()).toMatchObject({ base, notes: [] });
});

it('says nothing of finished work while the remote is away: it is asked again', async () => {
  await place.commit(tree.dir, 'a.txt', 'a', 'a');
  const program = await place.program(
    'case "$*" in *"fetch --no-progress --prune"*) echo "fatal: unable to access: Could not resolve host: x" >&2; exit 128 ;; esac',
  );
  workspaces = place.workspaces({ git: new Git({ program, env: place.env, timeoutMs: 30_000, gate: ANY_GATE }) });
  expect(await workspaces.check(job, signal)).toMatchObject({
    ok: false,
    failure: { class: 'transient', code: 'git.remote_unreachable' },
  });
});

describe('a base that was rewritten', () => {
  /** The task begins from a commit that is taken out of main afterwards. */
  async function leaked(): Promise<string> {
    const leak = await moved('secret.txt', 'secret');
    ({ job, tree } = await place.prepared(workspaces));
    return leak;
  }
  async function rewritten(file?: string): Promise<string> {
    await place.git(place.seed, 'reset', '--quiet', '--hard', 'HEAD~1');
    if (file !== undefined) await place.commit(place.seed, file, 'theirs\n', 'theirs');
    place.publish();
    return place.git(place.seed, 'rev-parse', 'HEAD');
  }
  const atOrigin = async (branch: string) => (await place.git(place.origin, 'log', '--format=%H', branch)).split('\n');

  it.each([
    ['gets', undefined],
    ['and has moved on gets', 'theirs.txt'],
  ])("%s only the attempt's own commits", async (_name, file) => {
    const leak = await leaked();
    await place.commit(tree.dir, 'a.txt', 'a', 'a');
    await place.commit(tree.dir, 'b.txt', 'b', 'b');
    const base = await rewritten(file);
    const found = await checked();
    expect(found).toMatchObject({ base, notes: [expect.stringContaining('was rewritten')] });
    expect(await place.git(tree.dir, 'log', '--format=%s', `${base}..${found.commit}`)).toBe('b\na');
    expect(await workspaces.push({ ...job, checked: found }, signal)).toMatchObject({ ok: true });
    expect(await atOrigin(tree.branch)).not.toContain(leak);
  });

  it('goes back to the agent when they conflict, and passes when it has put them there', async () => {
    const leak = await leaked();
    await place.commit(tree.dir, 'README.md', 'mine\n', 'mine');
    const base = await rewritten('README.md');
    const outcome = await workspaces.check(job, signal);
    expect(outcome).toMatchObject({ ok: false, failure: { code: 'git.base_rewritten', mend: 'agent' } });
    expect(JSON.stringify(outcome)).toContain(`git rebase --onto ${base} ${leak}`);
    expect(await place.git(tree.dir, 'status', '--porcelain')).toBe('');
    await place.git(tree.dir, 'rebase', '--quiet', '-X', 'theirs', '--onto', base, leak);
    const found = await checked();
    expect(found).toMatchObject({ base, notes: [] });
    expect(await place.git(tree.dir, 'merge-base', '--all', found.commit, leak)).not.toBe(leak);
  });

  it.each([
    [
      'was merged into the work',
      async (base: string) => place.git(tree.dir, 'merge', '--quiet', '-m', 'merge', base),
      'agent',
    ],
    ['was pushed by the agent', async () => place.git(tree.dir, 'push', '--quiet', 'origin', 'HEAD'), 'person'],
  ])('stops what %s', async (_name, then, mend) => {
    await leaked();
    await place.commit(tree.dir, 'a.txt', 'a', 'a');
    const base = await rewritten('theirs.txt');
    await place.git(tree.dir, 'fetch', '--quiet', 'origin');
    await then(base);
    expect(await workspaces.check(job, signal)).toMatchObject({
      ok: false,
      failure: { code: 'git.base_rewritten', mend },
    });
  });

  it('takes the kept work of an attempt before without what was removed', async () => {
    const leak = await leaked();
    await place.commit(tree.dir, 'a.txt', 'a', 'a');
    await writeFile(join(tree.dir, 'b.txt'), 'not committed');
    const { ref } = await workspaces.salvage(job, signal);
    const base = await rewritten('theirs.txt');
    const next = place.job(2, { previous: { session: null, salvageRef: ref } });
    const { dir, ...restored } = (await place.prepared(workspaces, next)).tree;
    expect(restored).toMatchObject({ restored: true, base });
    expect(await place.git(dir, 'log', '--format=%s')).toBe('a\ntheirs\nfirst');
    expect(await place.git(dir, 'status', '--porcelain')).toBe('?? b.txt');
    expect(await place.git(dir, 'log', '--format=%H')).not.toContain(leak);
  });
});

it.runIf(process.platform === 'linux')(
  'does not take a file whose name is no UTF-8 for one that the base has',
  async () => {
    await writeFile(Buffer.concat([Buffer.from(join(tree.dir, 'caf')), Buffer.from([0xe9])]), 'x');
    await place.git(tree.dir, 'add', '--all');
    await place.git(tree.dir, 'commit', '--quiet', '-m', 'latin');
    const base = await moved('theirs.txt', 'x');
    const found = await checked();
    expect(found).toMatchObject({ base, notes: [expect.stringContaining('rebased onto')] });
    expect(await place.git(tree.dir, 'log', '--format=%s', `${base}..${found.commit}`)).toBe('latin');
  },
);

describe('nothing to change', () => {
  const noCommit = { ok: false, failure: { code: 'git.no_commit', mend: 'agent' } };

  it('is an empty commit, or one that was taken back by another', async () => {
    await place.git(tree.dir, 'commit', '--quiet', '--allow-empty', '-m', 'empty');
    expect(await workspaces.check(job, signal)).toMatchObject(noCommit);
    await place.commit(tree.dir, 'a.txt', 'a', 'a');
    await place.git(tree.dir, 'revert', '--no-edit', 'HEAD');
    expect(await workspaces.check(job, signal)).toMatchObject(noCommit);
  });

  it.each([
    ['as one commit', ['a.txt']],
    ['as several commits that were joined', ['a.txt', 'b.txt']],
  ])('is left when the base has the same by now: %s', async (_name, files) => {
    for (const file of files) await place.commit(tree.dir, file, 'same\n', `mine ${file}`);
    for (const file of files) {
      await writeFile(join(place.seed, file), 'same\n');
      await place.git(place.seed, 'add', file);
    }
    await place.git(place.seed, 'commit', '--quiet', '-m', 'theirs');
    const base = await moved('other.txt', 'x');
    const found = await checked();
    expect(found).toEqual({ commit: base, base, notes: ['main already contains this change'] });
    expect(await workspaces.push({ ...job, checked: found }, signal)).toMatchObject({ ok: true });
    expect(await place.git(place.origin, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
  });
});

describe('the branch of a task without a base of its own that is gone', () => {
  it('leaves the work meant for the new default branch', async () => {
    ({ job, tree } = await place.prepared(workspaces));
    await place.commit(tree.dir, 'work.txt', 'w\n', 'work');
    await place.git(place.origin, 'branch', '--move', 'main', 'trunk');
    const found = await checked();
    expect(found).toEqual({ commit: found.commit, base: tree.base, target: 'trunk', notes: [] });
  });

  it('is no failure when the remote has no default branch any more', async () => {
    ({ job, tree } = await place.prepared(workspaces));
    await place.commit(tree.dir, 'work.txt', 'w\n', 'work');
    await place.git(place.origin, 'update-ref', '-d', 'refs/heads/main');
    expect((await checked()).notes).toEqual(['the remote no longer has the branch main']);
  });
});

describe('the branch of a parent that is gone', () => {
  const parentBranch = 'agentcom/wren/1-g1';

  /** The work of a parent and, on top of it, of its child. */
  async function onParent(base?: string): Promise<string> {
    await place.git(place.seed, 'checkout', '--quiet', '-b', parentBranch);
    const made = await place.commit(place.seed, 'parent.txt', 'made\n', 'parent');
    await place.git(place.seed, 'push', '--quiet', place.origin, parentBranch);
    await place.git(place.seed, 'checkout', '--quiet', 'main');
    const repo = { url: place.url, ...(base !== undefined && { base }) };
    const parts = { task: task({ repo, parentBranch }) };
    ({ job, tree } = await place.prepared(workspaces, place.job(1, parts)));
    await place.commit(tree.dir, 'child.txt', 'c\n', 'child');
    return made;
  }
  async function gone(branch = 'main'): Promise<string> {
    await place.git(place.seed, 'push', '--quiet', place.origin, branch, `:${parentBranch}`);
    return place.git(place.seed, 'rev-parse', branch);
  }
  const ownCommits = ({ base, commit }: Checked) => place.git(tree.dir, 'log', '--format=%s', `${base}..${commit}`);

  it('is no matter while it is there', async () => {
    const base = await onParent();
    const found = await checked();
    expect(found).toEqual({ commit: found.commit, base, notes: [] });
    expect(await workspaces.target({ ...job, checked: found }, signal)).toEqual({ ok: true, value: parentBranch });
  });

  it.each([
    ['by a merge', ['merge', '--quiet', '--no-ff', '-m', 'merged', parentBranch]],
    ['as one commit', ['cherry-pick', parentBranch]],
  ])('leaves the work meant for the base that took it in %s', async (_how, take) => {
    await onParent();
    await place.commit(place.seed, 'theirs.txt', 'x\n', 'theirs');
    await place.git(place.seed, ...take);
    const base = await gone();
    const found = await checked();
    expect(found).toMatchObject({ base, target: 'main' });
    expect(await ownCommits(found)).toBe('child');
    expect(await workspaces.push({ ...job, checked: found }, signal)).toMatchObject({ ok: true });
    expect(await workspaces.target({ ...job, checked: found }, signal)).toEqual({ ok: true, value: 'main' });
  });

  it('leaves out what the base of the task never took in', async () => {
    await place.git(place.seed, 'checkout', '--quiet', '-b', 'next');
    await place.git(place.seed, 'push', '--quiet', place.origin, 'next');
    await onParent('next');
    const base = await gone('next');
    const found = await checked();
    expect(found).toMatchObject({ base, target: 'next' });
    expect(found.notes).toEqual([expect.stringContaining(`next does not have the commits of ${parentBranch}`)]);
    expect(await ownCommits(found)).toBe('child');
  });

  it('goes back to the agent when the work conflicts with the base, which is named', async () => {
    const made = await onParent();
    await place.commit(tree.dir, 'parent.txt', 'mine\n', 'mine');
    const base = await gone();
    const outcome = await workspaces.check(job, signal);
    expect(outcome).toMatchObject({ ok: false, failure: { code: 'git.base_rewritten', mend: 'agent' } });
    expect(JSON.stringify(outcome)).toContain(`${parentBranch} is gone from the remote, and main does not have`);
    expect(JSON.stringify(outcome)).toContain(`git rebase --onto ${base} ${made}`);
    await place.git(tree.dir, 'reset', '--quiet', '--hard', 'HEAD~1');
    await place.git(tree.dir, 'rebase', '--quiet', '--onto', base, made);
    const found = await checked();
    expect(found).toMatchObject({ base, target: 'main', notes: [] });
    expect(await ownCommits(found)).toBe('child');
  });

  it('is asked for at the remote when the request is to be opened', async () => {
    await onParent();
    const found = await checked();
    await gone();
    expect(await workspaces.target({ ...job, checked: found }, signal)).toEqual({ ok: true, value: 'main' });
  });
});

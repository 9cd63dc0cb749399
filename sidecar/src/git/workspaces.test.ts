import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { task } from '../core/fixture.js';
import type { Job } from '../core/job-model.js';
import { verifyCommands } from '../core/verification.js';
import { Place } from './fixture.js';
import type { GitWorkspaces } from './workspaces.js';

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

const checked = (job: Job) => place.checked(workspaces, job);

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
    place.publish();
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

  it('serves several sidecars, with several tasks each, on one mirror at once', async () => {
    const numbers = [1, 2, 3, 4, 5, 6];
    const trees = await Promise.all(
      numbers.map((number) => prepared(place.jobOf(number), place.workspaces({ agent: `tern-${number % 3}` }))),
    );
    expect(new Set(trees.map(({ tree }) => tree.mirror)).size).toBe(1);
    expect(new Set(trees.map(({ tree }) => tree.dir)).size).toBe(numbers.length);
    const commits = await Promise.all(trees.map(({ tree }) => place.commit(tree.dir, 'x.txt', tree.branch, 'x')));
    for (const [index, { tree }] of trees.entries()) {
      expect(await place.git(tree.dir, 'rev-parse', 'HEAD')).toBe(commits[index]);
    }
  });

  it('shows an attempt the branches and tags of the remote, and nothing of other attempts', async () => {
    await place.git(place.seed, 'tag', 'v1');
    await place.git(place.seed, 'push', '--quiet', place.origin, 'v1', 'HEAD:refs/heads/other');
    const first = await prepared(place.jobOf(1));
    await place.git(first.tree.dir, 'branch', 'secret');
    await place.git(first.tree.dir, 'config', 'user.email', 'first@example.invalid');
    const { tree } = await prepared(place.jobOf(2));
    expect(await place.git(tree.dir, 'for-each-ref', '--format=%(refname)')).toBe(
      [
        `refs/heads/${tree.branch}`,
        'refs/remotes/origin/HEAD',
        'refs/remotes/origin/main',
        'refs/remotes/origin/other',
        'refs/tags/v1',
      ].join('\n'),
    );
    await expect(place.git(tree.dir, 'config', '--local', 'user.email')).rejects.toThrow();
  });

  it('keeps what an attempt works on, however the remote and the cache change', async () => {
    const { tree } = await prepared(place.jobOf(1));
    await place.git(place.seed, 'commit', '--quiet', '--amend', '-m', 'rewritten');
    place.publish();
    const { job } = await prepared(place.jobOf(2));
    await workspaces.dispose(job, signal);
    await place.git(tree.mirror, 'gc', '--quiet', '--prune=now');
    expect(await place.git(tree.dir, 'log', '--format=%s')).toBe('first');
  });

  it('gives a task without a repository an empty directory', async () => {
    const { repo: _repo, ...plain } = task();
    const outcome = await workspaces.prepare({ ...place.job(), task: plain }, signal);
    expect(outcome).toMatchObject({ ok: true, value: { kind: 'scratch' } });
  });

  it('leaves nothing of what was set up in the cached repository to the next attempt', async () => {
    const { tree } = await prepared();
    const trace = await place.plantHook(join(tree.mirror, 'hooks'), 'reference-transaction');
    await place.git(tree.mirror, 'config', 'core.hooksPath', join(tree.mirror, 'hooks'));
    const next = await prepared(place.job(2));
    expect(existsSync(trace)).toBe(false);
    await expect(place.git(next.tree.mirror, 'config', 'core.hooksPath')).rejects.toThrow();
  });

  it('makes a cached repository anew that cannot be used, and keeps what was kept in it', async () => {
    const { job, tree } = await prepared();
    const commit = await place.commit(tree.dir, 'work.txt', 'done\n', 'work');
    await workspaces.salvage(job, signal);
    await rm(join(tree.mirror, 'config.pristine'));
    const next = await prepared(place.jobOf(2));
    expect(await place.git(next.tree.mirror, 'rev-parse', tree.salvageRef)).toBe(commit);
    expect(await place.git(tree.dir, 'rev-parse', 'HEAD')).toBe(commit);
    await rm(join(tree.mirror, 'HEAD'));
    await prepared(place.jobOf(3));
    expect(place.warnings).toEqual([expect.stringContaining('is recreated'), expect.stringContaining('damaged')]);
  });

  it('removes lock files that a crash of the machine left', async () => {
    const { tree } = await prepared();
    await place.commit(place.seed, 'README.md', 'two\n', 'second');
    place.publish();
    const lock = join(tree.mirror, 'refs', 'remotes', 'origin', 'main.lock');
    await writeFile(lock, '');
    const hourAgo = new Date(Date.now() - 3_600_000);
    await utimes(lock, hourAgo, hourAgo);
    await prepared(place.job(2));
    expect(existsSync(lock)).toBe(false);
  });

  it('begins from the branch of the parent, and from the base once that is gone', async () => {
    const parentBranch = 'agentcom/wren/1-g1';
    await place.git(place.seed, 'checkout', '--quiet', '-b', parentBranch);
    const made = await place.commit(place.seed, 'parent.txt', 'made\n', 'parent');
    await place.git(place.seed, 'push', '--quiet', place.origin, parentBranch);
    const of = (generation: number) =>
      place.job(generation, { task: task({ repo: { url: place.url }, parentBranch }) });
    const { tree } = await prepared(of(1));
    expect(tree).toMatchObject({ base: made, baseBranch: parentBranch });
    await place.git(place.seed, 'push', '--quiet', place.origin, `:${parentBranch}`);
    expect((await prepared(of(2))).tree.baseBranch).toBe('main');
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

  describe('where tasks may not name verify commands', () => {
    const named = { verify: ['make check'] };

    it.each([
      ['repository', { repo: { url: 'file:///nowhere.git' }, ...named }],
      ['off', { repo: { url: 'file:///nowhere.git' }, ...named }],
      ['off', named],
    ] as const)('%s: refuses one that does, before anything else', async (verify, more) => {
      const { repo: _repo, ...plain } = task();
      const outcome = await place.workspaces({ verify }).prepare(place.job(1, { task: { ...plain, ...more } }), signal);
      expect(outcome).toMatchObject({
        ok: false,
        failure: {
          class: 'permanent',
          code: 'verify.not_allowed',
          message: expect.stringContaining('`verify.commands = "task"`'),
        },
      });
    });

    it.each([
      ['task', ['true']],
      ['repository', ['true']],
      ['off', []],
    ] as const)('%s: takes those of the repository accordingly', async (verify, commands) => {
      await place.base({ '.agentcom.toml': 'verify = ["true"]\n' });
      const job = place.job();
      const prepared = await place.workspaces({ verify }).prepare(job, signal);
      if (!prepared.ok) throw new Error(prepared.failure.message);
      expect(verifyCommands({ ...job, workspace: prepared.value })).toEqual(commands);
    });
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
    return outcome.ok ? outcome.value.commit : outcome.failure.code;
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

  it('runs no program that the settings of the repository name by now', async () => {
    const { job, tree, commit } = await worked();
    const trace = join(place.root, 'ran');
    const program = join(place.root, 'evil');
    await writeFile(program, `#!/bin/sh\ntouch ${trace}\ncat\n`, { mode: 0o755 });
    await writeFile(join(place.root, 'more'), `[filter "x"]\n\tsmudge = ${program}\n`);
    for (const [name, value] of [
      ['filter.x.clean', program],
      ['merge.x.driver', program],
      ['diff.x.textconv', program],
      ['core.fsmonitor', program],
      ['core.alternateRefsCommand', program],
      ['include.path', join(place.root, 'more')],
    ] as const) {
      for (const file of ['config', 'config.worktree']) {
        await place.git(place.root, 'config', '--file', join(tree.gitDir, file), name, value);
      }
    }
    await writeFile(join(tree.gitDir, 'info', 'attributes'), '* filter=x merge=x diff=x\n');
    await place.commit(place.seed, 'README.md', 'theirs\n', 'theirs');
    place.publish();
    expect(await codeOf(job)).not.toBe(commit);
    await writeFile(join(tree.dir, 'README.md'), 'changed again\n');
    expect(await workspaces.changedPaths(job, signal)).toContain('README.md');
    expect((await workspaces.salvage(job, signal)).ref).not.toBeNull();
    expect(existsSync(trace)).toBe(false);
  });
});

describe('what is beyond the checked commit', () => {
  it('is nothing after verify commands that only look', async () => {
    expect(await workspaces.beyondChecked(await checked((await worked()).job), signal)).toEqual([]);
  });

  it('is named when verify commands change, make or commit files', async () => {
    const { job, tree } = await worked();
    const passed = await checked(job);
    await place.commit(tree.dir, 'committed.txt', 'x', 'by a check');
    await writeFile(join(tree.dir, 'made.txt'), 'x');
    expect(await workspaces.beyondChecked(passed, signal)).toEqual([
      'the verify commands made commits, which were not pushed',
      'the verify commands changed files that are not in the checked commit: made.txt',
    ]);
  });
});

it('an aborted call rejects with the reason, and its git is gone', async () => {
  const reason = new Error('enough');
  const aborted = new AbortController();
  const calling = workspaces.prepare(place.job(), aborted.signal);
  aborted.abort(reason);
  await expect(calling).rejects.toBe(reason);
});

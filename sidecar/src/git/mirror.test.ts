// The cached repository is a cache: whatever becomes of it or of the remote, an attempt begins.

import { execFileSync } from 'node:child_process';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { task } from '../core/fixture.js';
import { ANY_GATE, Place } from './fixture.js';
import { Git } from './git.js';
import { Mirror } from './mirror.js';
import type { GitWorkspaces } from './workspaces.js';

const { signal } = new AbortController();
let place: Place;
let workspaces: GitWorkspaces;

beforeEach(async () => {
  place = await Place.make();
  workspaces = place.workspaces();
});
afterEach(() => place.remove());

const prepared = (job = place.job()) => place.prepared(workspaces, job);

const push = (...args: string[]) => place.git(place.seed, 'push', '--quiet', place.origin, ...args);

it('follows the remote where names get in the way of others, move, and are renamed', async () => {
  await place.git(place.seed, 'tag', 'v1');
  await push('v1', 'HEAD:refs/heads/a', 'HEAD:refs/tags/moving');
  await prepared();
  await push(':v1', ':a');
  const commit = await place.commit(place.seed, 'two', 'x', 'two');
  await push('HEAD:refs/tags/v1/rc1', 'HEAD:refs/heads/a/b', '+HEAD:refs/tags/moving', 'HEAD:refs/heads/trunk');
  await place.git(place.origin, 'symbolic-ref', 'HEAD', 'refs/heads/trunk');
  await push(':main');
  const { tree } = await prepared(place.jobOf(2));
  expect(tree).toMatchObject({ baseBranch: 'trunk', base: commit });
  expect(await place.git(tree.dir, 'rev-parse', 'moving')).toBe(commit);
  expect(await place.git(tree.dir, 'for-each-ref', '--format=%(refname)', 'refs/tags', 'refs/remotes')).toBe(
    [
      'refs/remotes/origin/HEAD',
      'refs/remotes/origin/a/b',
      'refs/remotes/origin/trunk',
      'refs/tags/moving',
      'refs/tags/v1/rc1',
    ].join('\n'),
  );
  expect(place.warnings).toEqual([]);
});

it('lists what the remote has once for all that ask, until a fetch brings something or may have', async () => {
  const git = new Git({ program: 'git', env: place.env, timeoutMs: 30_000, gate: ANY_GATE });
  const settings = { git, root: join(place.root, 'mirrors'), partialClone: 'never', warn: () => undefined } as const;
  await mkdir(settings.root);
  const mirror = new Mirror(settings, place.url);
  const names = async () => (await mirror.refs(signal)).names;
  const refresh = () => mirror.locked(signal, () => mirror.refresh(signal));
  /** A sign of whether git is asked. */
  const removeBehindItsBack = (branch: string) =>
    place.git(mirror.dir, 'update-ref', '-d', `refs/remotes/origin/${branch}`);
  await refresh();
  await push('HEAD:refs/heads/a', 'HEAD:refs/heads/b');
  await refresh();
  expect(await names()).toEqual(['a', 'b', 'main']);
  await removeBehindItsBack('a');
  expect(await names()).toEqual(['a', 'b', 'main']);
  await refresh();
  await push(':b');
  await refresh();
  expect(await names()).toEqual(['a', 'main']);
  await refresh();
  await removeBehindItsBack('a');
  expect(await names()).toEqual(['a', 'main']);
  await rm(place.origin, { recursive: true });
  await expect(refresh()).rejects.toThrow();
  expect(await names()).toEqual(['main']);
});

describe('is made again, with the work that was kept in it,', () => {
  async function withKeptWork(): Promise<{ mirror: string; ref: string; commit: string }> {
    const { job, tree } = await prepared();
    const commit = await place.commit(tree.dir, 'work.txt', 'done\n', 'work');
    await workspaces.salvage(job, signal);
    await workspaces.dispose(job, signal);
    return { mirror: tree.mirror, ref: tree.salvageRef, commit };
  }

  /** Overwrites what is stored of the object. */
  async function spoil(mirror: string, object: string): Promise<void> {
    const loose = join(mirror, 'objects', object.slice(0, 2), object.slice(2));
    await chmod(loose, 0o600);
    await writeFile(loose, 'spoiled');
  }

  it('when an object that is to be checked out is damaged', async () => {
    const { mirror, ref, commit } = await withKeptWork();
    await spoil(mirror, await place.git(place.seed, 'rev-parse', 'HEAD:README.md'));
    const { tree } = await prepared(place.jobOf(2));
    expect(await place.git(tree.dir, 'status', '--porcelain')).toBe('');
    expect(place.warnings).toContainEqual(expect.stringContaining('damaged'));
    // Its own object is whole, but not what it stands on: the new one has that.
    expect(await place.git(tree.mirror, 'rev-parse', ref)).toBe(commit);
  });

  it.each([
    ['its references cannot be locked', async (mirror: string) => writeFile(join(mirror, 'packed-refs'), 'nonsense\n')],
    ['it was made shallow', async (mirror: string) => writeFile(join(mirror, 'shallow'), `${'0'.repeat(40)}\n`)],
    ['it has no objects', async (mirror: string) => rm(join(mirror, 'objects'), { recursive: true })],
  ])('when %s', async (_name, damage) => {
    const { mirror } = await withKeptWork();
    await damage(mirror);
    await place.commit(place.seed, 'two', 'x', 'two');
    await push('main');
    const { tree } = await prepared(place.jobOf(2));
    expect(await place.git(tree.dir, 'log', '--format=%s')).toBe('two\nfirst');
  });

  it('when it is removed while an attempt works', async () => {
    const { job, tree } = await prepared();
    const commit = await place.commit(tree.dir, 'work.txt', 'done\n', 'work');
    await rm(tree.mirror, { recursive: true });
    expect(await workspaces.check(job, signal)).toMatchObject({ ok: true, value: { commit } });
  });

  it('when the remote names its objects in another way', async () => {
    const { mirror } = await withKeptWork();
    await rm(place.origin, { recursive: true });
    await rm(join(place.seed, '.git'), { recursive: true });
    await place.git(
      place.root,
      'init',
      '-q',
      '--bare',
      '--object-format=sha256',
      '--initial-branch=main',
      place.origin,
    );
    await place.git(place.seed, 'init', '-q', '--object-format=sha256', '--initial-branch=main');
    await place.commit(place.seed, 'README.md', 'sha256\n', 'first');
    await push('main');
    const { job, tree } = await prepared(place.jobOf(2));
    expect(tree.mirror).toBe(mirror);
    expect(tree.base).toMatch(/^[0-9a-f]{64}$/);
    await place.commit(tree.dir, 'work.txt', 'x', 'work');
    await place.commit(place.seed, 'theirs.txt', 'x', 'theirs');
    await push('main');
    const outcome = await workspaces.check(job, signal);
    if (!outcome.ok) throw new Error(outcome.failure.message);
    expect(outcome.value.notes).toEqual([expect.stringContaining('rebased onto')]);
    expect(await workspaces.push({ ...job, checked: outcome.value }, signal)).toEqual({ ok: true, value: null });
    expect(await place.git(place.origin, 'rev-parse', tree.branch)).toBe(outcome.value.commit);
    await writeFile(join(tree.dir, 'left.txt'), 'x');
    expect(await workspaces.salvage(job, signal)).toEqual({ ref: tree.salvageRef, isComplete: true });
  });
});

it('names what to do about a remote that is shallow itself', async () => {
  await place.commit(place.seed, 'two', 'x', 'two');
  await push('main');
  const shallow = join(place.root, 'shallow');
  execFileSync('git', ['clone', '-q', '--depth=1', place.url, shallow], { env: place.env });
  const outcome = await workspaces.prepare(
    place.job(1, { task: task({ repo: { url: `file://${shallow}` } }) }),
    signal,
  );
  expect(outcome).toMatchObject({
    ok: false,
    failure: { class: 'permanent', code: 'git.shallow_remote', message: expect.stringContaining('--unshallow') },
  });
});

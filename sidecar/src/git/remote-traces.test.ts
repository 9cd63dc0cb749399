// What an agent did at the remote beside its own branch, and what it has only in its repository.

import { rm } from 'node:fs/promises';
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
let tip: string;

const git = (...args: string[]) => place.git(tree.dir, ...args);
/** Past the guard. */
const push = (...args: string[]) => git('push', '--quiet', '--no-verify', ...args);
const others = (...args: string[]) => place.git(place.seed, 'push', '--quiet', place.origin, ...args);

beforeEach(async () => {
  place = await Place.make();
  workspaces = place.workspaces();
  await place.commit(place.seed, 'second.txt', 'x', 'second');
  await place.git(place.seed, 'tag', 'v0');
  await others('main', 'v0', 'HEAD~1:refs/heads/develop', 'HEAD~1:refs/heads/release/1');
  ({ job, tree } = await place.prepared(workspaces));
  tip = await place.commit(tree.dir, 'work.txt', 'x', 'work');
});
afterEach(() => place.remove());

const check = () => workspaces.check(job, signal);
const expectNotes = async (...notes: unknown[]) => expect(await check()).toMatchObject({ ok: true, value: { notes } });

describe('a note of the result names', () => {
  it.each([
    ['as it was', () => push('origin', 'origin/develop:refs/heads/backup')],
    ['with its work', () => push(place.url, 'HEAD:refs/heads/backup')],
  ])('another branch that it pushed, %s', async (_what, act) => {
    await act();
    await expectNotes('branches that this attempt also pushed: backup');
  });

  it('a branch and a tag that it deleted, with what they were', async () => {
    const at = await git('rev-parse', 'origin/develop');
    const tagAt = await git('rev-parse', 'v0');
    await git('tag', '--delete', 'v0');
    await push('origin', ':develop', ':refs/tags/v0');
    await expectNotes(
      `branches that this attempt seems to have deleted at the remote: develop (was at ${at.slice(0, 12)})`,
      `tags that this attempt seems to have deleted at the remote: v0 (was at ${tagAt.slice(0, 12)})`,
    );
  });

  it('a protected branch that it deleted, as the guess that it is', async () => {
    await push('origin', ':release/1');
    await expectNotes(expect.stringContaining('seems to have deleted at the remote: release/1 ('));
  });

  it('a tag that it pushed, and one that it did not', async () => {
    await git('tag', 'v1');
    await git('tag', '--annotate', '-m', 'two', 'v2');
    await push('origin', 'v1');
    await git('fetch', '--quiet');
    await git('pack-refs', '--all');
    await expectNotes('tags that this attempt pushed: v1', 'tags that were not pushed: v2');
  });

  it('git notes', async () => {
    await git('notes', 'add', '-m', 'note');
    await expectNotes('git notes that were not pushed: refs/notes/commits');
  });

  it('nothing of what others did meanwhile, and it fetched', async () => {
    await place.git(place.seed, 'tag', 'v9');
    await others('v9', ':develop', ':v0', 'HEAD:refs/heads/theirs');
    await expectNotes();
    await git('remote', 'remove', 'origin');
    await expectNotes();
    await git('remote', 'add', 'origin', place.url);
    await push('origin', 'HEAD');
    await expectNotes();
    await git('fetch', '--quiet', '--prune', '--prune-tags', 'origin');
    await git('fetch', '--quiet', '--tags', 'origin');
    await expectNotes();
  });
});

it('a commit that only a tag has is kept', async () => {
  await git('checkout', '--quiet', '--detach', tree.base);
  const tagged = await place.commit(tree.dir, 'more.txt', 'x', 'more');
  await git('tag', 'v1');
  await git('checkout', '--quiet', tree.branch);
  await expectNotes(
    expect.stringContaining(`not pushed: ${tagged.slice(0, 12)} (tag v1), kept as`),
    expect.stringContaining('tags that'),
  );
  expect(await place.git(tree.mirror, 'for-each-ref', `--points-at=${tagged}`, 'refs/agentcom/salvage')).not.toBe('');
});

describe('a protected branch', () => {
  const failure = (what: string) => ({
    ok: false,
    failure: { class: 'permanent', code: 'git.protected_pushed', message: expect.stringContaining(what) },
  });

  it.each<[string, string, () => Promise<unknown>]>([
    ['with the work', 'pushed to main', () => push(place.url, 'HEAD:main')],
    ['back to what it was', 'pushed to main', () => push('--force', 'origin', 'origin/develop:refs/heads/main')],
    [
      'without a journal of its commits',
      'pushed to main',
      async () => {
        await git('config', 'core.logAllRefUpdates', 'false');
        await rm(join(tree.gitDir, 'logs'), { recursive: true });
        await push(place.url, 'HEAD:main');
      },
    ],
    [
      'from a worktree that the agent has added',
      'pushed to main',
      async () => {
        const other = join(place.root, 'other');
        await git('worktree', 'add', '--quiet', '-b', 'other', other);
        await place.commit(other, 'other.txt', 'x', 'other');
        await place.git(other, 'push', '--quiet', '--no-verify', place.url, 'HEAD:main');
      },
    ],
  ])('that the agent pushed %s fails the attempt', async (_how, what, act) => {
    await act();
    expect(await check()).toMatchObject(failure(what));
  });

  it('that it pushed when it was asked to mend its work is found then', async () => {
    await place.git(tree.dir, 'rm', '--quiet', '--cached', 'work.txt');
    expect(await check()).toMatchObject({ ok: false, failure: { code: 'git.not_clean' } });
    await git('add', 'work.txt');
    await place.commit(tree.dir, 'mended.txt', 'x', 'mended');
    await push(place.url, 'HEAD:main');
    expect(await check()).toMatchObject(failure('pushed to main'));
  });

  it('that it pushed with nothing to change fails it too', async () => {
    await push(place.url, 'HEAD:main');
    await git('reset', '--quiet', '--hard', tree.base);
    job = { ...job, submitted: { summary: 'x', noChange: 'nothing to do' } };
    expect(await check()).toMatchObject(failure('pushed to main'));
  });

  it('is looked at with the commits from before they are put on a base that has moved', async () => {
    await place.commit(place.seed, 'theirs.txt', 'x', 'theirs');
    await others('main');
    await expectNotes(expect.stringContaining('rebased'));
    await push('--force', place.url, `${tip}:release/1`);
    expect(await check()).toMatchObject(failure('pushed to release/1'));
  });
});

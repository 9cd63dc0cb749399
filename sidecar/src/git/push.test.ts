// How finished work gets to the remote, and what keeps it from there.

import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { task } from '../core/fixture.js';
import type { Job } from '../core/job-model.js';
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

describe('push', () => {
  const atOrigin = (branch: string) => place.git(place.origin, 'rev-parse', '--verify', `refs/heads/${branch}`);

  it('brings the branch, and only that, to the remote', async () => {
    const { job, tree, commit } = await worked();
    await place.git(tree.dir, 'branch', 'aside');
    await place.git(tree.dir, 'tag', 'v1');
    expect(await workspaces.push(await checked(job), signal)).toEqual({ ok: true, value: null });
    expect(await atOrigin(tree.branch)).toBe(commit);
    expect(await place.git(place.origin, 'for-each-ref', '--format=%(refname)')).toBe(
      `refs/heads/${tree.branch}\nrefs/heads/main`,
    );
  });

  it('twice is the same as once', async () => {
    const job = await checked((await worked()).job);
    await workspaces.push(job, signal);
    expect(await workspaces.push(job, signal)).toEqual({ ok: true, value: null });
  });

  it('goes on from what the agent pushed itself', async () => {
    const { job, tree } = await worked();
    await place.git(tree.dir, 'push', '--quiet', place.url, 'HEAD');
    const commit = await place.commit(tree.dir, 'more.txt', 'x', 'more');
    expect(await workspaces.push(await checked(job), signal)).toEqual({ ok: true, value: null });
    expect(await atOrigin(tree.branch)).toBe(commit);
  });

  it('replaces what the agent pushed itself and has amended since', async () => {
    const { job, tree } = await worked();
    await place.git(tree.dir, 'push', '--quiet', place.url, 'HEAD');
    await place.git(tree.dir, 'commit', '--quiet', '--amend', '-m', 'better');
    expect(await workspaces.push(await checked(job), signal)).toEqual({ ok: true, value: null });
    expect(await place.git(place.origin, 'log', '-1', '--format=%s', tree.branch)).toBe('better');
  });

  describe('when somebody else takes its name during the run', () => {
    const free = 'agentcom-tern/0123456789ab-g1-mend-the-roof';
    const push = (...refs: string[]) => place.git(place.seed, 'push', '--quiet', place.origin, ...refs);

    it('takes the next one, replaces nothing, and is the same when it is done again', async () => {
      const { job, tree, commit } = await worked();
      const other = await place.commit(place.seed, 'theirs.txt', 'x', 'theirs');
      await push(`HEAD:refs/heads/${tree.branch}`);
      const ready = await checked(job);
      for (const _ of [1, 2]) expect(await workspaces.push(ready, signal)).toEqual({ ok: true, value: free });
      expect(await atOrigin(tree.branch)).toBe(other);
      expect(await atOrigin(free)).toBe(commit);
    });

    it('knows the next one again when the list of branches was fetched in between', async () => {
      const { job, tree } = await worked();
      await place.commit(place.seed, 'theirs.txt', 'x', 'theirs');
      await push(`HEAD:refs/heads/${tree.branch}`);
      const ready = await checked(job);
      expect(await workspaces.push(ready, signal)).toEqual({ ok: true, value: free });
      await prepared(place.jobOf(2));
      expect(await workspaces.push(ready, signal)).toEqual({ ok: true, value: free });
    });

    it('does so too for a branch that only is in its way', async () => {
      const { job, tree, commit } = await worked();
      await push(`HEAD:refs/heads/${tree.branch}/more`);
      expect(await workspaces.push(await checked(job), signal)).toEqual({ ok: true, value: free });
      expect(await atOrigin(free)).toBe(commit);
    });

    it('keeps to the protected branches', async () => {
      const { job, tree } = await worked();
      await place.commit(place.seed, 'theirs.txt', 'x', 'theirs');
      await push(`HEAD:refs/heads/${tree.branch}`);
      const strict = place.workspaces({ protectedBranches: ['agentcom-*'] });
      const failure = { code: 'git.protected_branch', mend: 'person' };
      expect(await strict.push(await checked(job), signal)).toMatchObject({ ok: false, failure });
    });

    it('does not take the branch of somebody else for its own', async () => {
      const { job, tree } = await worked();
      await place.commit(place.seed, 'theirs.txt', 'x', 'theirs');
      const ready = await checked(job);
      expect(await workspaces.isPushed(ready, signal)).toBe(false);
      await push(`HEAD:refs/heads/${tree.branch}`);
      expect(await workspaces.isPushed(ready, signal)).toBe(false);
      await push(`:${tree.branch}`);
      await workspaces.push(ready, signal);
      expect(await workspaces.isPushed(ready, signal)).toBe(true);
    });
  });

  it('refuses a branch that is protected, and an agent does not begin on one', async () => {
    const { job } = await worked();
    const strict = place.workspaces({ protectedBranches: ['agentcom/*'] });
    const failure = { class: 'permanent', code: 'git.protected_branch', mend: 'person' };
    expect(await strict.push(await checked(job), signal)).toMatchObject({ ok: false, failure });
    expect(await strict.prepare(place.job(2), signal)).toMatchObject({ ok: false, failure });
  });

  it('takes another name than one that a branch of the remote is in the way of', async () => {
    await place.git(place.seed, 'push', '--quiet', place.origin, 'HEAD:refs/heads/agentcom');
    const { job, tree, commit } = await worked();
    expect(await workspaces.push(await checked(job), signal)).toMatchObject({ ok: true });
    expect(tree.branch).toBe('agentcom-tern/0123456789ab-g1-mend-the-roof');
    expect(await atOrigin(tree.branch)).toBe(commit);
  });

  it('runs no hook of the mirror', async () => {
    const { job, tree } = await worked();
    const trace = await place.plantHook(join(tree.mirror, 'hooks'), 'pre-push');
    expect(await workspaces.push(await checked(job), signal)).toEqual({ ok: true, value: null });
    expect(existsSync(trace)).toBe(false);
  });

  it('that the remote declines is a matter of the work', async () => {
    const { job } = await worked();
    await place.plantHook(join(place.origin, 'hooks'), 'pre-receive');
    expect(await workspaces.push(await checked(job), signal)).toMatchObject({
      ok: false,
      failure: { class: 'verification', code: 'git.push_refused' },
    });
  });

  it('that a policy of the remote refuses goes through once that is changed, by what was kept', async () => {
    const { job, tree, commit } = await worked();
    await place.git(place.origin, 'config', 'receive.hideRefs', 'refs/heads/agentcom');
    const refused = await workspaces.push(await checked(job), signal);
    expect(refused).toMatchObject({ ok: false, failure: { code: 'git.push_refused', mend: 'person' } });
    expect(JSON.stringify(refused)).toContain('hidden ref');
    expect(await workspaces.salvage(job, signal)).toEqual({ ref: tree.salvageRef, isComplete: true });
    await place.git(place.origin, 'config', '--unset', 'receive.hideRefs');
    const approved = task({ repo: { url: place.url }, push: { salvageRef: tree.salvageRef } });
    const again = await prepared(place.job(2, { task: approved }));
    expect(await workspaces.push(await checked(again.job), signal)).toMatchObject({ ok: true });
    expect(await atOrigin(again.tree.branch)).toBe(commit);
  });

  it('of content that the remote does not take goes back to the agent', async () => {
    const { job, tree } = await worked();
    const failure = { class: 'verification', code: 'git.content_refused', mend: 'agent' };
    await place.git(place.origin, 'config', 'receive.fsckObjects', 'true');
    const files = await place.git(tree.dir, 'rev-parse', 'HEAD^{tree}');
    const text = `tree ${files}\nparent ${tree.base}\nauthor <> 0 +0000\ncommitter <> 0 +0000\n\nx\n`;
    await writeFile(join(place.root, 'commit'), text);
    const made = ['hash-object', '-t', 'commit', '-w', '--literally', join(place.root, 'commit')];
    await place.git(tree.dir, 'reset', '--quiet', '--hard', await place.git(tree.dir, ...made));
    const malformed = await workspaces.push(await checked(job), signal);
    expect(malformed).toMatchObject({ ok: false, failure });
    expect(JSON.stringify(malformed)).toContain('missing space before email');

    await place.git(tree.dir, 'commit', '--quiet', '--amend', '--reset-author', '-m', 'better');
    const said = 'error: File film.mov is 120.00 MB; this exceeds the file size limit of 100.00 MB';
    await writeFile(join(place.origin, 'hooks', 'pre-receive'), `#!/bin/sh\necho '${said}' >&2\nexit 1\n`, {
      mode: 0o755,
    });
    const large = await workspaces.push(await checked(job), signal);
    expect(large).toMatchObject({ ok: false, failure });
    expect(JSON.stringify(large)).toContain('film.mov');
  });
});

// A repository that an agent has made inside of its worktree, with settings by which git in it runs a program.

import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Workspace } from '../core/attempt.js';
import type { Job } from '../core/job-model.js';
import { Place } from './fixture.js';
import type { GitWorkspaces } from './workspaces.js';

type Worktree = Extract<Workspace, { kind: 'git' }>;

const { signal } = new AbortController();
let place: Place;
let workspaces: GitWorkspaces;
let job: Job;
let tree: Worktree;
/** There once the program has run. */
let marker: string;

beforeEach(async () => {
  place = await Place.make();
  workspaces = place.workspaces();
  marker = join(place.root, 'ran');
  ({ job, tree } = await place.prepared(workspaces));
});
afterEach(() => place.remove());

/** With a file that git has to run the filter for, to see whether it is as it was. */
async function embed(path: string): Promise<void> {
  const inner = join(tree.dir, path);
  const program = join(place.root, 'program');
  await writeFile(program, `#!/bin/sh\ntouch ${marker}\ncat\n`, { mode: 0o755 });
  await mkdir(inner, { recursive: true });
  await place.git(inner, 'init', '--quiet');
  await writeFile(join(inner, '.gitattributes'), '* filter=x diff=x\n');
  await place.git(inner, 'add', '.gitattributes');
  await place.commit(inner, 'file', 'one\n', 'inner');
  for (const name of ['filter.x.clean', 'filter.x.process', 'diff.x.textconv', 'core.fsmonitor', 'diff.external']) {
    await place.git(inner, 'config', name, program);
  }
  await writeFile(join(inner, 'file'), 'two\n');
}

/** Commits the embedded repository as a gitlink. The person's git runs the program too, which is not what is tested. */
async function commitLink(path: string): Promise<void> {
  const commit = await place.git(join(tree.dir, path), 'rev-parse', 'HEAD');
  await place.git(tree.dir, 'update-index', '--add', '--cacheinfo', `160000,${commit},${path}`);
  await place.git(tree.dir, 'commit', '--quiet', '-m', 'link');
  await rm(marker, { force: true });
}

/** As one that the project has: cloned by its address when the worktree is prepared. */
async function prepareWithSubmodule(): Promise<void> {
  const library = join(place.root, 'library');
  await mkdir(library);
  await place.git(library, 'init', '--quiet', '--initial-branch=main');
  await place.commit(library, 'file', 'one\n', 'library');
  const add = ['-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', `file://${library}`, 'sub'];
  await place.git(place.seed, ...add);
  await place.git(place.seed, 'config', '--file', '.gitmodules', 'submodule.sub.ignore', 'none');
  await place.git(place.seed, 'add', '.gitmodules');
  await place.git(place.seed, 'commit', '--quiet', '-m', 'submodule');
  place.publish();
  ({ job, tree } = await place.prepared(workspaces, place.job(2)));
}

/** Makes git in the project's submodule run the program. */
async function spoilSubmodule(): Promise<void> {
  const inner = join(tree.dir, 'sub');
  const program = join(place.root, 'program');
  await writeFile(program, `#!/bin/sh\ntouch ${marker}\ncat\n`, { mode: 0o755 });
  await place.git(inner, 'config', 'filter.x.clean', program);
  await place.git(inner, 'config', 'core.fsmonitor', program);
  const info = join(tree.gitDir, 'modules', 'sub', 'info');
  await mkdir(info, { recursive: true });
  await writeFile(join(info, 'attributes'), '* filter=x\n');
  await writeFile(join(inner, 'file'), 'two\n');
}

it('is refused by its name, and nothing of it runs', async () => {
  await embed('nested');
  await commitLink('nested');
  const outcome = await workspaces.check(job, signal);
  expect(outcome).toMatchObject({ ok: false, failure: { class: 'verification', code: 'git.embedded_repository' } });
  expect(JSON.stringify(outcome)).toContain('nested');
  expect(existsSync(marker)).toBe(false);
});

it('runs nothing while the changed paths are listed', async () => {
  await embed('nested');
  await commitLink('nested');
  expect(await workspaces.changedPaths(job, signal)).toEqual(['nested']);
  expect(existsSync(marker)).toBe(false);
});

it('runs nothing while the work is salvaged, and stays on the disk', async () => {
  await embed('linked');
  await commitLink('linked');
  await embed('beside');
  expect(await workspaces.salvage(job, signal)).toEqual({ ref: tree.salvageRef, isComplete: false });
  expect(existsSync(marker)).toBe(false);
});

it('runs nothing while what is left is looked through for removal', async () => {
  await embed('nested');
  await commitLink('nested');
  const limits = { keepSeconds: 0, minFreeDiskBytes: 0, now: Date.now() + 1e9, inUse: () => new Set<string>() };
  expect((await workspaces.collectGarbage(limits, signal)).kept).not.toEqual([]);
  expect(existsSync(marker)).toBe(false);
});

it('of the project may be there, and what changes in it is found without its programs', async () => {
  await prepareWithSubmodule();
  await place.commit(tree.dir, 'mine', 'x', 'mine');
  await place.commit(place.seed, 'theirs', 'x', 'theirs');
  place.publish();
  expect(await workspaces.check(job, signal)).toMatchObject({
    ok: true,
    value: { notes: [expect.stringContaining('rebased')] },
  });
  await spoilSubmodule();
  const failure = { code: 'git.not_clean', message: expect.stringContaining('sub/file') };
  expect(await workspaces.check(job, signal)).toMatchObject({ ok: false, failure });
  expect(existsSync(marker)).toBe(false);
});

it('of the project that was changed inside stays on the disk, and one that was not does not', async () => {
  await prepareWithSubmodule();
  await place.commit(tree.dir, 'mine', 'x', 'mine');
  expect(await workspaces.salvage(job, signal)).toMatchObject({ isComplete: true });
  await spoilSubmodule();
  expect(await workspaces.salvage(job, signal)).toMatchObject({ isComplete: false });
  expect(existsSync(marker)).toBe(false);
});

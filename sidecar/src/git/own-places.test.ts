// What the sidecar does when an agent has put something else in the place of a directory that the sidecar made.

import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Place } from './fixture.js';
import type { GitWorkspaces } from './workspaces.js';
import type { GitWorkspace } from './worktree.js';

const { signal } = new AbortController();
const REFUSED = { ok: false, failure: { class: 'permanent', code: 'git.path_replaced', mend: 'person' } };
let place: Place;
let workspaces: GitWorkspaces;
/** Of somebody else: a directory with a secret in it. */
let foreign: string;

beforeEach(async () => {
  place = await Place.make();
  workspaces = place.workspaces();
  foreign = join(place.root, 'foreign');
  await mkdir(foreign);
  await writeFile(join(foreign, 'secret'), 'secret');
});
afterEach(() => place.remove());

async function replace(path: string, target: string): Promise<void> {
  await rename(path, `${path}-moved`);
  await symlink(target, path);
}

/** Everything that the mirror holds, by the names of the files. */
async function published(tree: GitWorkspace): Promise<string> {
  const refs = await place.git(tree.mirror, 'for-each-ref', '--format=%(objectname)', 'refs/agentcom/salvage/');
  const listings = refs.split('\n').filter((ref) => ref !== '');
  return (await Promise.all(listings.map((ref) => place.git(tree.mirror, 'ls-tree', '-r', '--name-only', ref)))).join();
}

/** The directory above the worktrees leads to one in which there is another's, with the same name and a repository. */
async function redirected() {
  const { job, tree } = await place.worked(workspaces);
  const above = dirname(tree.dir);
  await rename(above, `${above}-moved`);
  const elsewhere = join(foreign, 'work');
  await mkdir(elsewhere);
  for (const name of await readdir(`${above}-moved`)) {
    if (name !== tree.dir.slice(above.length + 1)) await rename(join(`${above}-moved`, name), join(elsewhere, name));
  }
  await mkdir(join(elsewhere, tree.dir.slice(above.length + 1)));
  await writeFile(join(elsewhere, tree.dir.slice(above.length + 1), 'secret'), 'secret');
  await symlink(elsewhere, above);
  return { job, tree, elsewhere };
}

describe('a directory above the worktree that became a link', () => {
  it('has nothing of its target salvaged', async () => {
    const { job, tree } = await redirected();
    expect(await workspaces.salvage(job, signal)).toMatchObject({
      ref: null,
      isComplete: false,
      notes: [expect.stringContaining('something has replaced it')],
    });
    expect(await published(tree)).not.toContain('secret');
    expect(place.warnings).toContain('the work is not salvaged');
  });

  it('is refused by name at the check, and nothing is listed', async () => {
    const { job, tree } = await redirected();
    const outcome = await workspaces.check(job, signal);
    expect(outcome).toMatchObject(REFUSED);
    expect(JSON.stringify(outcome)).toContain(dirname(tree.dir));
    expect(await workspaces.changedPaths(job, signal)).toEqual([]);
  });

  it('has nothing of its target removed', async () => {
    const { job, elsewhere } = await redirected();
    const before = await readdir(elsewhere, { recursive: true });
    await workspaces.dispose(job, signal);
    expect(await readdir(elsewhere, { recursive: true })).toEqual(before);
    const limits = { keepSeconds: 0, minFreeDiskBytes: 0, now: Date.now() + 1e9, inUse: () => new Set<string>() };
    await expect(workspaces.collectGarbage(limits, signal)).rejects.toThrow('something has replaced it');
    expect(await readdir(elsewhere, { recursive: true })).toEqual(before);
  });

  it('is a fault of the machine for the next attempt', async () => {
    await redirected();
    expect(await workspaces.prepare(place.jobOf(2), signal)).toMatchObject({
      ok: false,
      failure: { class: 'machine', code: 'git.path_replaced' },
    });
  });
});

describe('the repository of an attempt', () => {
  /** Of another project, with a commit that nobody here may have. */
  async function foreignRepository() {
    const dir = join(foreign, 'project');
    await mkdir(dir);
    await place.git(dir, 'init', '--quiet', '--initial-branch=main');
    const commit = await place.commit(dir, 'secret', 'secret', 'secret');
    return { dir, gitDir: join(dir, '.git'), commit };
  }

  it('that became a link is refused, and no commit of its target is kept', async () => {
    const { job, tree } = await place.worked(workspaces);
    const { gitDir } = await foreignRepository();
    await replace(tree.gitDir, gitDir);
    expect(await workspaces.check(job, signal)).toMatchObject(REFUSED);
    expect(await workspaces.salvage(job, signal)).toMatchObject({ ref: null, isComplete: false });
    expect(await published(tree)).not.toContain('secret');
  });

  it.each(['objects', 'refs', 'logs', 'info', 'objects/info', 'refs/heads'])(
    'is refused with a link as %s',
    async (name) => {
      const { job, tree } = await place.worked(workspaces);
      const { gitDir } = await foreignRepository();
      const before = await readdir(gitDir, { recursive: true });
      await replace(join(tree.gitDir, name), join(gitDir, name));
      expect(await workspaces.check(job, signal)).toMatchObject(REFUSED);
      expect(await workspaces.salvage(job, signal)).toMatchObject({ ref: null, isComplete: false });
      expect(await readdir(gitDir, { recursive: true })).toEqual(before);
    },
  );

  it('borrows objects from the mirror alone, whatever the agent has written there', async () => {
    const { job, tree } = await place.worked(workspaces);
    const { gitDir, commit } = await foreignRepository();
    const borrowed = join(tree.gitDir, 'objects', 'info', 'alternates');
    await writeFile(borrowed, `${await readFile(borrowed, 'utf8')}${join(gitDir, 'objects')}\n`);
    await place.git(tree.dir, 'update-ref', 'refs/heads/theirs', commit);
    await workspaces.salvage(job, signal);
    expect(await published(tree)).not.toContain('secret');
  });
});

it('a mirror that became a link is neither brought up to date nor written to', async () => {
  const { job, tree } = await place.worked(workspaces);
  await replace(tree.mirror, foreign);
  expect(await workspaces.check(job, signal)).toMatchObject(REFUSED);
  expect(await workspaces.prepare(place.jobOf(2), signal)).toMatchObject({ failure: { code: 'git.path_replaced' } });
  expect(await readdir(foreign)).toEqual(['secret']);
});

it('the root that became another directory is refused until the sidecar is started again', async () => {
  await mkdir(join(place.root, 'repos'));
  const { job } = await place.worked(workspaces);
  const root = join(place.root, 'repos');
  await rename(root, `${root}-moved`);
  await symlink(`${root}-moved`, root);
  expect(await workspaces.check(job, signal)).toMatchObject(REFUSED);
  expect(await place.workspaces().check(job, signal)).toMatchObject({ ok: true });
});

it('results are not copied from behind a link, and not through one', async () => {
  await place.base({ '.agentcom.toml': 'keep = ["out/**"]\n', '.gitignore': 'out\n' });
  const { job, tree } = await place.worked(workspaces);
  await symlink(foreign, join(tree.dir, 'out'));
  await workspaces.salvage(job, signal);
  expect(existsSync(join(place.root, 'repos', 'results', 'tern', `${job.task.id}-g1`, 'out', 'secret'))).toBe(false);
  await rm(join(place.root, 'repos', 'results'), { recursive: true, force: true });
  await symlink(foreign, join(place.root, 'repos', 'results'));
  await rm(join(tree.dir, 'out'));
  await mkdir(join(tree.dir, 'out'));
  await writeFile(join(tree.dir, 'out', 'result'), '');
  expect(await workspaces.salvage(job, signal)).toMatchObject({ notes: ['no space to keep: out/result'] });
  expect(await readdir(foreign)).toEqual(['secret']);
});

it('patterns of what set-up made are not written through a link', async () => {
  const outside = join(foreign, 'key');
  await writeFile(outside, 'key');
  const { job, tree } = await place.prepared(workspaces);
  const run = async () => {
    const exclude = join(tree.gitDir, 'info', 'exclude');
    await rm(exclude, { force: true });
    await symlink(outside, exclude);
    await writeFile(join(tree.dir, 'made'), '');
    return { ok: true, value: null } as const;
  };
  expect(await workspaces.setUp(job, run, signal)).toMatchObject(REFUSED);
  expect(await readFile(outside, 'utf8')).toBe('key');
});

describe('the files of somebody else are not named', () => {
  /** Of another project: with a file that nobody has committed. */
  async function foreignWork() {
    const dir = join(foreign, 'project');
    await mkdir(dir);
    await place.git(dir, 'init', '--quiet', '--initial-branch=main');
    await place.commit(dir, 'file', 'one', 'one');
    await writeFile(join(dir, 'foreign-name'), '');
    return dir;
  }

  it('by a worktree that the attempt only claims to have there', async () => {
    const { job, tree } = await place.worked(workspaces);
    const dir = await foreignWork();
    await place.git(tree.dir, 'worktree', 'add', '--quiet', '--detach', join(place.root, 'beside'));
    await writeFile(join(tree.gitDir, 'worktrees', 'beside', 'gitdir'), `${join(dir, '.git')}\n`);
    expect(JSON.stringify(await workspaces.check(job, signal))).not.toContain('foreign-name');
    expect(await workspaces.salvage(job, signal)).toMatchObject({ isComplete: true });
  });
});

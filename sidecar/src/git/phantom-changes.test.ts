// Files that git takes for changed although nobody has touched them.

import { chmod, mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ANY_GATE, Place } from './fixture.js';
import { Git } from './git.js';
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

/** Windows line endings in the repository, and attributes that want them only in the worktree. */
async function withLineEndings(): Promise<void> {
  await place.commit(place.seed, 'app.rc', 'one\r\ntwo\r\n', 'resources');
  await place.commit(place.seed, '.gitattributes', '*.rc text eol=crlf\n', 'attributes');
  place.publish();
}

it('are not held against the agent, are no changed paths, and survive a rebase', async () => {
  await withLineEndings();
  const { job, tree } = await prepared();
  expect(await place.git(tree.dir, 'status', '--porcelain')).toContain('app.rc');
  await place.commit(tree.dir, 'work.txt', 'x', 'work');
  expect(await workspaces.changedPaths(job, signal)).toEqual(['work.txt']);
  const note = 'changed before the agent started, so left out: app.rc';
  expect(await workspaces.check(job, signal)).toMatchObject({ ok: true, value: { notes: [note] } });
  await place.commit(place.seed, 'theirs.txt', 'x', 'theirs');
  place.publish();
  const outcome = await workspaces.check(job, signal);
  expect(outcome).toMatchObject({ ok: true, value: { notes: [note, expect.stringContaining('rebased onto')] } });
  expect(await place.git(tree.dir, 'diff', '--name-only', 'HEAD~1', 'HEAD')).toBe('work.txt');
});

it('are none however many there are', async () => {
  const files = Array.from({ length: 300 }, (_, index) => [`rc/${index}.rc`, 'one\r\n'] as const);
  await place.base(Object.fromEntries(files));
  await place.base({ '.gitattributes': '*.rc text eol=crlf\n' });
  workspaces = place.workspaces({
    git: new Git({ program: await place.exactGit(), env: place.env, timeoutMs: 60_000, gate: ANY_GATE }),
  });
  const { job, tree } = await prepared();
  await Promise.all(files.map(([file]) => utimes(join(tree.dir, file), 1, 1)));
  expect((await place.git(tree.dir, 'status', '--porcelain')).split('\n')).toHaveLength(files.length);
  expect(await workspaces.changedPaths(job, signal)).toEqual([]);
  expect(await workspaces.salvage(job, signal)).toEqual({ ref: null, isComplete: true });
  await place.commit(tree.dir, 'work.txt', 'x', 'work');
  expect(await workspaces.check(job, signal)).toMatchObject({ ok: true });
});

it('are none in a worktree that the agent has added either, until it has changed them', async () => {
  await withLineEndings();
  workspaces = place.workspaces({
    git: new Git({ program: await place.exactGit(), env: place.env, timeoutMs: 60_000, gate: ANY_GATE }),
  });
  const { job, tree } = await prepared();
  await place.commit(tree.dir, 'work.txt', 'x', 'work');
  const other = join(tree.dir, '..', 'other');
  await place.git(tree.dir, 'worktree', 'add', '--quiet', '-b', 'other', other);
  await utimes(join(other, 'app.rc'), 1, 1);
  expect(await place.git(other, 'status', '--porcelain')).toBe('M app.rc');
  expect(await workspaces.check(job, signal)).toMatchObject({ ok: true });
  expect(await workspaces.salvage(job, signal)).toMatchObject({ isComplete: true });
  await writeFile(join(other, 'app.rc'), 'one\r\n');
  expect(await workspaces.check(job, signal)).toMatchObject({
    ok: false,
    failure: { code: 'git.not_clean', message: expect.stringContaining('../other/app.rc') },
  });
  expect(await workspaces.salvage(job, signal)).toMatchObject({ isComplete: false });
});

it.each([
  ['its content', (path: string) => writeFile(path, 'one\r\ntwo\r\nthree\r\n')],
  ['its mode', (path: string) => chmod(path, 0o755)],
  ['whether it is there', (path: string) => rm(path)],
])('are changes once the agent has changed %s', async (_name, change) => {
  await withLineEndings();
  const { job, tree } = await prepared();
  await place.commit(tree.dir, 'work.txt', 'x', 'work');
  await change(join(tree.dir, 'app.rc'));
  expect(await workspaces.changedPaths(job, signal)).toContain('app.rc');
  expect(await workspaces.check(job, signal)).toMatchObject({
    ok: false,
    failure: { code: 'git.not_clean', message: expect.stringContaining('app.rc') },
  });
});

it('are not kept as work, and other changes are', async () => {
  await withLineEndings();
  const { job, tree } = await prepared();
  expect(await workspaces.salvage(job, signal)).toEqual({ ref: null, isComplete: true });
  await writeFile(join(tree.dir, 'new.txt'), 'new');
  const { ref } = await workspaces.salvage(job, signal);
  expect(await place.git(tree.mirror, 'diff', '--name-only', tree.base, tree.salvageRef)).toBe('new.txt');
  const next = await prepared(place.job(2, { previous: { session: null, salvageRef: ref } }));
  await place.git(next.tree.dir, 'add', 'new.txt');
  await place.git(next.tree.dir, 'commit', '--quiet', '-m', 'new');
  expect(await workspaces.check(next.job, signal)).toMatchObject({ ok: true });
});

describe('that git sees only later, since it took longer to check the files out', () => {
  beforeEach(async () => {
    await withLineEndings();
    // Files that are older than the index are not looked into, as long as their times stay.
    const slow = 'case " $* " in *" read-tree -u "*) git "$@"; touch -d "1 hour" "$GIT_INDEX_FILE"; exit ;; esac';
    workspaces = place.workspaces({
      git: new Git({ program: await place.program(slow), env: place.env, timeoutMs: 60_000, gate: ANY_GATE }),
    });
  });

  it('are not held against the agent', async () => {
    const { job, tree } = await prepared();
    expect(await place.git(tree.dir, 'status', '--porcelain')).toBe('');
    await place.commit(tree.dir, 'work.txt', 'x', 'work');
    await utimes(join(tree.dir, 'app.rc'), 1, 1);
    const note = 'changed before the agent started, so left out: app.rc';
    expect(await workspaces.check(job, signal)).toMatchObject({ ok: true, value: { notes: [note] } });
  });

  it('are not kept as work', async () => {
    const { job } = await prepared();
    expect(await workspaces.salvage(job, signal)).toEqual({ ref: null, isComplete: true });
  });

  it.each([
    ['its content', (path: string) => writeFile(path, 'one\r\ntwo\r\nthree\r\n')],
    ['its mode', (path: string) => chmod(path, 0o755)],
  ])('are changes once the agent has changed %s', async (_name, change) => {
    const { job, tree } = await prepared();
    await place.commit(tree.dir, 'work.txt', 'x', 'work');
    await change(join(tree.dir, 'app.rc'));
    expect(await workspaces.check(job, signal)).toMatchObject({ ok: false, failure: { code: 'git.not_clean' } });
  });

  it('are changes if the agent has changed the attributes', async () => {
    const { job, tree } = await prepared();
    await place.commit(tree.dir, '.gitattributes', '*.rc text eol=lf\n', 'attributes');
    await utimes(join(tree.dir, 'app.rc'), 1, 1);
    expect(await workspaces.check(job, signal)).toMatchObject({ ok: false, failure: { code: 'git.not_clean' } });
  });
});

it('are large files that are no pointers', async () => {
  const filters = '[filter "x"]\n\tclean = echo pointer\n\tsmudge = cat\n\trequired = true\n';
  await writeFile(join(place.root, 'home', '.gitconfig'), filters);
  await place.commit(place.seed, 'a.bin', 'whole\n', 'whole');
  await place.commit(place.seed, '.gitattributes', '*.bin filter=x\n', 'attributes');
  place.publish();
  const { job, tree } = await prepared();
  const commit = await place.commit(tree.dir, 'work.txt', 'x', 'work');
  expect(await workspaces.check(job, signal)).toMatchObject({ ok: true, value: { commit } });
});

it('are what a build leaves inside a submodule', async () => {
  const library = join(place.root, 'library.git');
  await place.git(place.root, 'init', '--quiet', '--bare', '--initial-branch=main', library);
  place.publish(library);
  const add = ['-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', pathToFileURL(library).href, 'lib'];
  await place.git(place.seed, ...add);
  await place.git(place.seed, 'commit', '--quiet', '-m', 'with library');
  place.publish();
  const { job, tree } = await prepared();
  await mkdir(join(tree.dir, 'lib', 'build'));
  await writeFile(join(tree.dir, 'lib', 'build', 'out.o'), 'x');
  const commit = await place.commit(tree.dir, 'work.txt', 'x', 'work');
  await place.commit(place.seed, 'theirs.txt', 'x', 'theirs');
  place.publish();
  const outcome = await workspaces.check(job, signal);
  expect(outcome).toMatchObject({
    ok: true,
    value: {
      notes: [expect.stringMatching(/^new files in submodules.*lib\/build\/$/), expect.stringContaining('rebased')],
    },
  });
  expect(outcome).not.toMatchObject({ value: { commit } });
  expect(await readFile(join(tree.dir, 'lib', 'build', 'out.o'), 'utf8')).toBe('x');
});

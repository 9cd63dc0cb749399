// What an attempt has changed, of real repositories: as it works, and when it has passed its checks.

import { existsSync } from 'node:fs';
import { chmod, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diffOf } from '../core/diff.js';
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

async function diff(job: Job) {
  const changes = await workspaces.diff(job, signal);
  if (changes === null) throw new Error('there is no repository');
  return diffOf(changes, []);
}

const paths = ({ facts }: Awaited<ReturnType<typeof diff>>) => facts.items.map(({ path }) => path);

describe('of an attempt at work', () => {
  it('it has what is committed, changed and new, and not what git ignores', async () => {
    await place.base({ '.gitignore': 'out\n', 'old.txt': 'one\n' });
    const { job, tree } = await place.worked(workspaces);
    await writeFile(join(tree.dir, 'old.txt'), 'one\ntwo\n');
    await writeFile(join(tree.dir, 'new.txt'), 'new\n');
    await writeFile(join(tree.dir, 'out'), 'ignored\n');
    const found = await diff(job);
    expect(paths(found)).toEqual(['new.txt', 'old.txt', 'work.txt']);
    expect(found.facts).toMatchObject({ base: tree.base, files: 3, added: 3, removed: 0 });
    expect(found.facts.commit).toBeUndefined();
    expect(found.text).toContain('+++ b/new.txt\n@@ -0,0 +1 @@\n+new\n');
    expect(await place.git(tree.dir, 'status', '--porcelain')).toBe('M old.txt\n?? new.txt');
  });

  it('it has a change that only a look into the file can tell', async () => {
    await place.git(place.root, 'config', '--global', 'core.trustctime', 'false');
    const { job, tree } = await place.prepared(workspaces);
    const [file, index] = [join(tree.dir, 'README.md'), join(tree.gitDir, 'index')];
    const moment = 1_700_000_000;
    await utimes(file, moment, moment);
    await place.git(tree.dir, 'update-index', '--refresh');
    await writeFile(file, 'two\n');
    for (const path of [file, index]) await utimes(path, moment, moment);
    expect(paths(await diff(job))).toEqual(['README.md']);
  });

  it('it is there while files are being merged', async () => {
    const { job, tree } = await place.worked(workspaces);
    await place.git(tree.dir, 'checkout', '--quiet', '-b', 'other', tree.base);
    await place.commit(tree.dir, 'work.txt', 'otherwise\n', 'other');
    await place.git(tree.dir, 'merge', '--quiet', tree.branch).catch(() => undefined);
    const found = await diff(job);
    expect(paths(found)).toEqual(['work.txt']);
    expect(found.text).toContain('+<<<<<<< HEAD');
  });

  it('names of files are what they are, and none is taken for an option or a pattern', async () => {
    const { job, tree } = await place.prepared(workspaces);
    const names = ['--output=x', ':(glob)*', 'a\nb', 'c\u001b[31m', 'ü "q"', '*'];
    for (const name of names) await writeFile(join(tree.dir, name), 'x\n');
    const found = await diff(job);
    expect(new Set(paths(found))).toEqual(new Set(names));
    expect(found.text).toContain('"b/a\\nb"');
    expect(found.text).not.toContain('\u001b');
    expect(existsSync(join(tree.dir, 'x'))).toBe(false);
  });

  it('a file that became a link and one that went are told', async () => {
    await place.base({ 'a.txt': 'a\n', 'b.txt': 'b\n' });
    const { job, tree } = await place.prepared(workspaces);
    await rm(join(tree.dir, 'a.txt'));
    await symlink('/etc/passwd', join(tree.dir, 'a.txt'));
    await rm(join(tree.dir, 'b.txt'));
    const found = await diff(job);
    expect(found.facts.items).toMatchObject([
      { path: 'a.txt', status: 'retyped' },
      { path: 'b.txt', status: 'deleted' },
    ]);
    expect(found.text).not.toContain('root:');
  });

  it('files that git saw as changed before the agent began are not its work', async () => {
    await place.base({ 'a.rc': 'one\r\n' });
    await place.base({ '.gitattributes': '*.rc text eol=crlf\n' });
    const { job, tree } = await place.prepared(place.workspaces());
    await writeFile(join(tree.dir, 'new.txt'), 'new\n');
    expect(paths(await diff(job))).toEqual(['new.txt']);
  });

  it('it runs no program of the agent', async () => {
    const { job, tree } = await place.worked(workspaces);
    const trace = join(place.root, 'ran');
    const program = join(tree.dir, 'program');
    await writeFile(program, `#!/bin/sh\ntouch '${trace}'\ncat\n`);
    await chmod(program, 0o755);
    await writeFile(join(tree.dir, '.gitattributes'), '* diff=own filter=own\n');
    const nested = join(tree.dir, 'nested');
    await mkdir(nested);
    await place.git(nested, 'init', '--quiet');
    await place.commit(nested, 'inside.txt', 'one\n', 'inside');
    await place.git(nested, 'config', 'filter.own.clean', program);
    await writeFile(join(nested, '.gitattributes'), '* filter=own\n');
    await writeFile(join(nested, 'inside.txt'), 'two\n');
    await place.git(tree.dir, 'update-index', '--add', '--cacheinfo', `160000,${tree.base},nested`);
    const settings = ['diff.external', 'diff.own.command', 'diff.own.textconv', 'filter.own.clean', 'core.fsmonitor'];
    for (const name of settings) await place.git(tree.dir, 'config', name, program);
    await rm(trace, { force: true });
    expect(paths(await diff(job))).toEqual(expect.arrayContaining(['program', 'work.txt']));
    expect(existsSync(trace)).toBe(false);
  });

  it('a huge diff is cut, and what is left out is counted', async () => {
    const { job, tree } = await place.prepared(workspaces);
    const line = `${'x'.repeat(99)}\n`;
    await writeFile(join(tree.dir, 'a-huge.txt'), line.repeat(120_000));
    await writeFile(join(tree.dir, 'b.bin'), Buffer.from([0, 1, 2, 3]));
    await writeFile(join(tree.dir, 'c.txt'), 'c\n');
    const { facts, text } = await diff(job);
    expect(facts).toMatchObject({ files: 3, added: 120_001, leftOut: { lines: 120_001 } });
    expect(facts.items[1]).toEqual({ path: 'b.bin', status: 'added' });
    expect(text.length).toBeLessThan(1_000);
  });

  it('it is nothing without a repository', async () => {
    const { job } = await place.prepared(workspaces);
    expect(await workspaces.diff({ ...job, workspace: { kind: 'scratch', dir: place.root } }, signal)).toBeNull();
  });
});

describe('of work that passed its checks', () => {
  it('it is what git itself prints of base and branch', async () => {
    const lines = Array.from({ length: 40 }, (_, index) => `${index}\n`);
    await place.base({ 'dir/a.txt': 'a\n'.repeat(20), 'gone.txt': 'gone\n', 'long.txt': lines.join('') });
    const { job, tree } = await place.prepared(workspaces);
    await rename(join(tree.dir, 'dir', 'a.txt'), join(tree.dir, 'dir', 'moved.txt'));
    await rm(join(tree.dir, 'gone.txt'));
    await writeFile(join(tree.dir, 'ü\t"x".txt'), 'quoted\n');
    await writeFile(join(tree.dir, 'long.txt'), lines.map((line) => (/^1[05]$/m.test(line) ? 'x\n' : line)).join(''));
    await writeFile(join(tree.dir, 'logo.png'), Buffer.from([0x89, 0x50, 0, 1]));
    await place.git(tree.dir, 'add', '--all');
    const commit = await place.commit(tree.dir, 'work.txt', 'done\n', 'work');
    await place.git(place.root, 'config', '--global', 'diff.noprefix', 'true');
    await place.git(place.root, 'config', '--global', 'diff.context', '9');
    await place.git(place.root, 'config', '--global', 'diff.algorithm', 'histogram');
    const done = await place.checked(workspaces, job);
    const { facts, text } = await diff(done);
    await place.git(place.root, 'config', '--global', '--remove-section', 'diff');
    expect(text.trim()).toBe(await place.git(tree.dir, 'diff', tree.base, commit));
    expect(facts).toMatchObject({ base: tree.base, commit, files: 6, added: 4, removed: 3 });
    expect(facts.items).toContainEqual({
      ...{ path: 'dir/moved.txt', from: 'dir/a.txt', status: 'renamed', added: 0, removed: 0 },
    });
    expect(facts.items).toContainEqual({ path: 'logo.png', status: 'added' });
  });

  it('it is empty where nothing has to change', async () => {
    const { job, tree } = await place.prepared(workspaces);
    const done = { ...job, checked: { base: tree.base, commit: tree.base, notes: [] } };
    expect(await diff(done)).toMatchObject({ facts: { files: 0, items: [] }, text: '' });
  });
});

// Git LFS, by a program in the place of git-lfs, and by itself where it is installed.

import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ANY_REMOTE } from '../core/remote-policy.js';
import { ANY_GATE, Place } from './fixture.js';
import { Git } from './git.js';
import { RemoteGate } from './remote-gate.js';
import type { GitWorkspaces } from './workspaces.js';

const ATTRIBUTES = '*.bin filter=lfs diff=lfs merge=lfs -text\n';
const { signal } = new AbortController();
const hasLfs = await promisify(execFile)('git', ['lfs', 'version']).then(
  () => true,
  () => false,
);
let place: Place;
let workspaces: GitWorkspaces;

beforeEach(async () => {
  place = await Place.make();
});
afterEach(() => place.remove());

/** A directory with a program in the place of git-lfs, at the head of PATH. */
async function withLfs(script: string, gate = ANY_GATE): Promise<GitWorkspaces> {
  const bin = join(place.root, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'git-lfs'), `#!/bin/sh\necho "$@" >> '${place.root}/lfs-calls'\n${script}\n`);
  await chmod(join(bin, 'git-lfs'), 0o755);
  const env = { ...place.env, PATH: `${bin}:${place.env.PATH}` };
  return place.workspaces({ git: new Git({ program: 'git', env, timeoutMs: 30_000, gate }) });
}

describe('large files of the base', () => {
  beforeEach(() => place.base({ 'assets/.gitattributes': ATTRIBUTES }));

  it('need their program', async () => {
    const without = await withLfs('exit 127');
    expect(await without.prepare(place.job(), signal)).toMatchObject({
      ok: false,
      failure: { class: 'permanent', code: 'git.lfs_missing' },
    });
  });

  it('are set up in the worktree, and handed over before the push', async () => {
    workspaces = await withLfs('exit 0');
    const { job, tree } = await place.prepared(workspaces);
    expect(await place.git(tree.dir, 'config', 'filter.lfs.process')).toBe('git-lfs filter-process');
    const commit = await place.commit(tree.dir, 'x.txt', 'x', 'x');
    const checked = { commit, base: tree.base, notes: [] };
    await place.git(tree.mirror, 'fetch', '--quiet', tree.gitDir, 'HEAD');
    expect(await workspaces.push({ ...job, checked }, signal)).toMatchObject({ ok: true });
    expect(await readFile(join(place.root, 'lfs-calls'), 'utf8')).toContain(`push origin ${commit}\n`);
  });

  it.each([
    ['as the base says', 'https://lfs.invalid/base\n', true],
    ['not as the agent says', '', false],
  ])('are sent %s', async (_, sent, isBase) => {
    if (isBase) await place.base({ '.lfsconfig': '[lfs]\n\turl = https://lfs.invalid/base\n' });
    workspaces = await withLfs('git config lfs.url >> "$(dirname "$0")/../lfs-urls"; exit 0');
    const { job, tree } = await place.prepared(workspaces);
    const commit = await place.commit(
      tree.dir,
      '.lfsconfig',
      '[lfs]\n\turl = https://lfs.invalid/agent\n',
      'elsewhere',
    );
    const checked = { commit, base: tree.base, notes: [] };
    await place.git(tree.mirror, 'fetch', '--quiet', tree.gitDir, 'HEAD');
    await rm(join(place.root, 'lfs-urls'), { force: true });
    expect(await workspaces.push({ ...job, checked }, signal)).toMatchObject({ ok: true });
    // The look for the program has no address.
    expect(await readFile(join(place.root, 'lfs-urls'), 'utf8')).toBe(sent);
  });
});

it.each(['lfs.url', 'lfs.pushurl', 'remote.origin.lfsurl'])(
  'large files at a %s that the machine may not speak to are not fetched',
  async (name) => {
    await place.base({ 'assets/.gitattributes': ATTRIBUTES });
    await place.git(place.seed, 'config', '--file', '.lfsconfig', name, 'https://lfs.invalid/base');
    await place.base({ '.lfsconfig': await readFile(join(place.seed, '.lfsconfig'), 'utf8') });
    const gate = new RemoteGate({ ...ANY_REMOTE, hosts: ['git.example.com'] }, {});
    const without = await withLfs('exit 0', gate);
    expect(await without.prepare(place.job(), signal)).toMatchObject({
      ok: false,
      failure: { class: 'permanent', code: 'git.not_allowed', message: expect.stringContaining('lfs.invalid') },
    });
    expect(await readFile(join(place.root, 'lfs-calls'), 'utf8')).toBe('version\n');
  },
);

describe('large files that the agent begins to use', () => {
  const began = async () => {
    const { job, tree } = await place.worked(workspaces);
    await place.commit(tree.dir, '.gitattributes', ATTRIBUTES, 'large files');
    return { job, tree };
  };

  it('go back to it where their program is missing', async () => {
    workspaces = await withLfs('exit 127');
    const { job, tree } = await began();
    expect(await workspaces.check(job, signal)).toMatchObject({
      ok: false,
      failure: { class: 'verification', code: 'git.lfs_missing', mend: 'agent' },
    });
    await place.git(tree.dir, 'rm', '--quiet', '.gitattributes');
    await place.git(tree.dir, 'commit', '--quiet', '-m', 'as before');
    await place.checked(workspaces, job);
  });

  it('are taken from the store of all attempts', async () => {
    workspaces = await withLfs('exit 0');
    const { job, tree } = await began();
    expect(await place.git(tree.dir, 'config', 'lfs.storage')).toBe(join(tree.mirror, 'lfs'));
    expect(await workspaces.push(await place.checked(workspaces, job), signal)).toMatchObject({ ok: true });
  });
});

describe.skipIf(!hasLfs)('git-lfs itself', () => {
  /** By somebody who has it. */
  const lfs = async (cwd: string, ...args: string[]) => {
    await place.git(cwd, 'lfs', 'install', '--local', '--skip-repo');
    return place.git(cwd, ...args);
  };
  const contentOf = async (branch: string, file: string) => {
    const clone = join(place.root, `clone-${file}`);
    await place.git(place.root, 'clone', '--quiet', '--no-checkout', place.url, clone);
    await lfs(clone, 'checkout', '--quiet', branch);
    return readFile(join(clone, file), 'utf8');
  };

  it('brings the files of the base and takes those of the work to a remote on this disk', async () => {
    await place.git(place.seed, 'remote', 'add', 'origin', place.url);
    await writeFile(join(place.seed, '.gitattributes'), ATTRIBUTES);
    await writeFile(join(place.seed, 'a.bin'), 'of the base');
    await lfs(place.seed, 'add', '.gitattributes', 'a.bin');
    await place.git(place.seed, 'commit', '--quiet', '-m', 'large');
    await place.git(place.seed, 'push', '--quiet', 'origin', 'main');
    workspaces = place.workspaces();
    const { job, tree } = await place.prepared(workspaces);
    expect(await readFile(join(tree.dir, 'a.bin'), 'utf8')).toBe('of the base');
    await place.commit(tree.dir, 'b.bin', 'of the work', 'work');
    expect(await workspaces.push(await place.checked(workspaces, job), signal)).toMatchObject({ ok: true });
    expect(await contentOf(tree.branch, 'b.bin')).toBe('of the work');
  });

  it('takes the files that the agent has begun to keep in it', async () => {
    workspaces = place.workspaces();
    const { job, tree } = await place.prepared(workspaces);
    await writeFile(join(tree.dir, '.gitattributes'), ATTRIBUTES);
    await writeFile(join(tree.dir, 'b.bin'), 'of the work');
    await lfs(tree.dir, 'add', '.gitattributes', 'b.bin');
    await place.git(tree.dir, 'commit', '--quiet', '-m', 'large');
    expect(await workspaces.push(await place.checked(workspaces, job), signal)).toMatchObject({ ok: true });
    expect(await contentOf(tree.branch, 'b.bin')).toBe('of the work');
  });
});

// What set-up commands made in one worktree is given to another only where it would be the same.

import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Place } from './fixture.js';
import type { GitWorkspaces } from './workspaces.js';

const run = promisify(execFile);
const { signal } = new AbortController();
let place: Place;
let workspaces: GitWorkspaces;

beforeEach(async () => {
  place = await Place.make();
  workspaces = place.workspaces();
});
afterEach(() => place.remove());

async function put(dir: string, file: string, content: string): Promise<void> {
  await mkdir(dirname(join(dir, file)), { recursive: true });
  await writeFile(join(dir, file), content);
}

const install = (dir: string) => put(dir, 'node_modules/left-pad/index.js', 'pad\n');
const INSTALL = { '.agentcom.toml': 'setup = ["npm ci"]\n', '.gitignore': 'node_modules/\n' };

/** Whether the commands ran in the attempts at tasks of these numbers, with the change of the base between them. */
async function ranAgain(change: Readonly<Record<string, string>>, make: (dir: string) => Promise<unknown> = install) {
  expect(await place.setUp(workspaces, place.jobOf(1), make)).toMatchObject({ ran: true });
  await place.base(change);
  return (await place.setUp(workspaces, place.jobOf(2), make)).ran;
}

describe('what installers made', () => {
  it.each(['README.md', 'src/a.js'])('is used again when %s has changed', async (file) => {
    await place.base({ ...INSTALL, 'package.json': '{}', 'package-lock.json': '{}' });
    expect(await ranAgain({ [file]: 'changed\n' })).toBe(false);
  });

  it.each([
    'package-lock.json',
    'packages/a/package-lock.json',
    'packages/a/package.json',
    '.npmrc',
    '.yarn/patches/x.patch',
  ])('is made again when %s has changed', async (file) => {
    await place.base({ ...INSTALL, [file]: '{}\n' });
    expect(await ranAgain({ [file]: '{"v":2}\n' })).toBe(true);
  });

  const gyp = "{'targets': [{'target_name': 'addon', 'sources': ['addon.c']}]}\n";

  it.each([
    ['scripts that run at installation', 'package.json', '{"scripts":{"postinstall":"node build.js"}}'],
    ['what node-gyp builds', 'binding.gyp', gyp],
    ['packages that are directories', 'package.json', '{"dependencies":{"a":"file:./a"}}'],
    ['a directory above without a prefix', 'package.json', '{"dependencies":{"a":"../a"}}'],
    ['a directory below without a prefix', 'package.json', '{"dependencies": {"a": "./libs/a"}}'],
    ['an archive without a prefix', 'package.json', '{"dependencies":{"a":"./a-1.0.tgz"}}'],
    ['directories in place of packages', 'pnpm-workspace.yaml', 'overrides:\n  a: file:./a\n'],
    ['patches', 'package.json', '{"patchedDependencies":{"a@1.0.0":"patches/a.patch"}}'],
    ['an injected package', 'package.json', '{"dependenciesMeta":{"a":{"injected": true}}}'],
    ['injected packages, in its settings', '.npmrc', 'inject-workspace-packages=true\n'],
    ['injected packages, in the workspace', 'pnpm-workspace.yaml', 'injectWorkspacePackages: true\n'],
  ])('depends on all files where a manifest has %s', async (_name, file, manifest) => {
    await place.base({ ...INSTALL, [`packages/a/${file}`]: manifest });
    expect(await ranAgain({ 'src/a.js': 'changed\n' })).toBe(true);
  });

  it('depends on no other files for paths of the package itself, or archives of a server', async () => {
    const manifest =
      '{"main":"./lib/a.js","exports":{"./b":"./lib/b.js"},"dependencies":{"a":"https://packages.example/a.tgz"}}';
    await place.base({ ...INSTALL, 'package.json': manifest });
    expect(await ranAgain({ 'src/a.js': 'changed\n' })).toBe(false);
  });

  it('depends on no scripts that the command leaves out', async () => {
    const settings = 'setup = ["npm ci --ignore-scripts"]\n';
    const manifest = '{"scripts":{"prepare":"husky"}}';
    await place.base({ ...INSTALL, '.agentcom.toml': settings, 'package.json': manifest, 'binding.gyp': gyp });
    expect(await ranAgain({ 'src/a.js': 'changed\n' })).toBe(false);
  });

  it('is not used where kept work has changed a manifest, nor kept from there', async () => {
    await place.base({ ...INSTALL, 'package.json': '{}' });
    const first = await place.setUp(workspaces, place.job(1), install);
    await put(first.tree.dir, 'package.json', '{"changed":true}');
    const { ref } = await workspaces.salvage(first.job, signal);
    const again = place.job(2, { previous: { session: null, salvageRef: ref } });
    const second = await place.setUp(workspaces, again, (dir) => put(dir, 'node_modules/left-pad/index.js', 'other\n'));
    expect(second).toMatchObject({ ran: true, tree: { restored: true } });
    const third = await place.setUp(workspaces, place.jobOf(2), install);
    expect(await readFile(join(third.tree.dir, 'node_modules', 'left-pad', 'index.js'), 'utf8')).toBe('pad\n');
  });

  it('is used where kept work has changed other files', async () => {
    await place.base({ ...INSTALL, 'package.json': '{}' });
    const first = await place.setUp(workspaces, place.job(1), install);
    await put(first.tree.dir, 'src/a.js', 'work\n');
    const { ref } = await workspaces.salvage(first.job, signal);
    const again = place.job(2, { previous: { session: null, salvageRef: ref } });
    expect(await place.setUp(workspaces, again, install)).toMatchObject({ ran: false, tree: { restored: true } });
  });

  it('is made again when the program has changed', async () => {
    await place.base(INSTALL);
    const bin = join(place.root, 'bin');
    const searchPath = `${bin}:${place.env.PATH}`;
    const by = place.workspaces({ searchPath });
    await put(bin, 'node', '#!/bin/sh\n# one\n');
    await chmod(join(bin, 'node'), 0o755);
    await place.setUp(by, place.jobOf(1), install);
    expect(await place.setUp(by, place.jobOf(2), install)).toMatchObject({ ran: false });
    await writeFile(join(bin, 'node'), '#!/bin/sh\n# another version\n');
    expect(await place.setUp(by, place.jobOf(3), install)).toMatchObject({ ran: true });
  });
});

describe('what other commands made', () => {
  const build = (dir: string) => put(dir, 'out/app.js', 'built\n');

  it.each(['npm run build', 'make', 'cargo build', 'pip install -e .', 'npm install ./lib', 'sh -c "npm ci"'])(
    'with %s depends on all files of the base',
    async (command) => {
      await place.base({
        '.agentcom.toml': `setup = ["npm ci", ${JSON.stringify(command)}]\n`,
        '.gitignore': 'out/\n',
      });
      expect(await ranAgain({ 'src/a.js': 'changed\n' }, build)).toBe(true);
      expect(await place.setUp(workspaces, place.jobOf(3), build)).toMatchObject({ ran: false });
    },
  );

  it('depends on the files of the machine', async () => {
    const files = join(place.root, 'files', 'local', 'origin');
    await place.base({ '.agentcom.toml': 'setup = ["npm ci"]\nfiles = [".npmrc"]\n', '.gitignore': 'node_modules/\n' });
    await put(files, '.npmrc', 'registry=one\n');
    await place.setUp(workspaces, place.jobOf(1), install);
    expect(await place.setUp(workspaces, place.jobOf(2), install)).toMatchObject({ ran: false });
    await put(files, '.npmrc', 'registry=two\n');
    expect(await place.setUp(workspaces, place.jobOf(3), install)).toMatchObject({ ran: true });
  });
});

describe('nothing is kept that names the worktree it was made in', () => {
  beforeEach(() => place.base({ '.agentcom.toml': 'setup = ["make venv"]\n', '.gitignore': '.venv/\nout/\n' }));

  const kept = async () => {
    const { tree } = await place.prepared(workspaces, place.jobOf(9));
    const dir = join(tree.mirror, 'setup');
    return existsSync(dir) ? readdirSync(dir) : [];
  };

  it('such as a virtual environment of Python', async () => {
    const make = (dir: string) => run('python3', ['-m', 'venv', '--without-pip', join(dir, '.venv')]);
    await place.setUp(workspaces, place.jobOf(1), make);
    const { tree, ran } = await place.setUp(workspaces, place.jobOf(2), make);
    expect(ran).toBe(true);
    expect(await readFile(join(tree.dir, '.venv', 'bin', 'activate'), 'utf8')).toContain(tree.dir);
    expect(await kept()).toEqual([]);
    expect(place.warnings).toEqual(
      Array(2).fill(expect.stringMatching(/^not kept.*: \.venv\/\S+ names the worktree$/)),
    );
  });

  it.each([
    ['a script', (dir: string) => put(dir, 'out/bin/pip', `#!${dir}/.venv/bin/python\n`)],
    ['a setting', (dir: string) => put(dir, 'out/pyvenv.cfg', `command = python3 -m venv ${dir}/out\n`)],
    ['a cache of a build', (dir: string) => put(dir, 'out/CMakeCache.txt', `${'#\n'.repeat(2 ** 20)}D:PATH=${dir}\n`)],
    ['an absolute link', (dir: string) => linked(dir, join(dir, 'README.md'))],
    ['a link that goes round', (dir: string) => linked(dir, `../../${dir.split('/').at(-1)}/README.md`)],
  ])('such as %s', async (_name, make) => {
    await place.setUp(workspaces, place.jobOf(1), make);
    expect(await kept()).toEqual([]);
  });

  it('and links within what was made are no reason', async () => {
    await place.setUp(workspaces, place.jobOf(1), (dir) => linked(dir, '../README.md'));
    const { tree, ran } = await place.setUp(workspaces, place.jobOf(2), install);
    expect(ran).toBe(false);
    expect(await readFile(join(tree.dir, 'out', 'link'), 'utf8')).toBe('one\n');
  });

  async function linked(dir: string, target: string): Promise<void> {
    await mkdir(join(dir, 'out'));
    await symlink(target, join(dir, 'out', 'link'));
  }
});

it.each([
  ['settings', (dir: string) => place.git(dir, 'config', 'core.hooksPath', '.husky')],
  ['hooks', (dir: string) => place.plantHook(join(`${dir}.git`, 'hooks'), 'pre-commit')],
])('commands that change the %s of the repository run each time: no copy would have those', async (_name, change) => {
  await place.base(INSTALL);
  for (const number of [1, 2]) {
    const make = async (dir: string) => Promise.all([install(dir), change(dir)]);
    expect(await place.setUp(workspaces, place.jobOf(number), make)).toMatchObject({ ran: true });
  }
});

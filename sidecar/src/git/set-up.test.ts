import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Place } from './fixture.js';
import type { GitWorkspaces } from './workspaces.js';
import type { GitWorkspace } from './worktree.js';

const { signal } = new AbortController();
let place: Place;
let workspaces: GitWorkspaces;
let runs: number;
let commits = 0;

beforeEach(async () => {
  place = await Place.make();
  workspaces = place.workspaces();
  runs = 0;
});
afterEach(() => place.remove());

/** Puts settings, and more, on the base. */
async function base(settings: string, files: Readonly<Record<string, string>> = {}): Promise<void> {
  for (const [file, content] of Object.entries({ ...files, '.agentcom.toml': `${settings}# ${++commits}\n` })) {
    await place.commit(place.seed, file, content, file);
  }
  place.publish();
}

const prepared = (generation: number) => place.prepared(workspaces, place.job(generation));

/** Counts the runs of the commands, for which `make` stands. */
async function setUp(generation: number, make: (dir: string) => Promise<void>) {
  const { job, tree, ran } = await place.setUp(workspaces, place.job(generation), make);
  if (ran) runs += 1;
  return { job, tree };
}

async function install(dir: string): Promise<void> {
  await mkdir(join(dir, 'node_modules', 'left-pad'), { recursive: true });
  await writeFile(join(dir, 'node_modules', 'left-pad', 'index.js'), 'pad\n');
}

describe('set-up commands', () => {
  const SETTINGS = 'setup = ["npm ci"]\n';
  const LOCKED = { 'package-lock.json': '{"v":1}\n', '.gitignore': 'node_modules/\n' };
  const module = (tree: GitWorkspace) => join(tree.dir, 'node_modules', 'left-pad', 'index.js');

  it('run once for the same files: later attempts get a copy of their own', async () => {
    await base(SETTINGS, LOCKED);
    const first = await setUp(1, install);
    await writeFile(module(first.tree), 'changed by an agent\n');
    await base(SETTINGS, { 'README.md': 'a file that they do not depend on\n' });
    const second = await setUp(2, install);
    expect(runs).toBe(1);
    expect(await readFile(module(second.tree), 'utf8')).toBe('pad\n');
  });

  it('run again when a file has changed that they depend on, or when they have', async () => {
    await base(SETTINGS, LOCKED);
    await setUp(1, install);
    await base(SETTINGS, { 'package-lock.json': '{"v":2}\n' });
    await setUp(2, install);
    await base('setup = ["npm ci --ignore-scripts"]\n');
    await setUp(3, install);
    expect(runs).toBe(3);
  });

  it('depend on the scripts that they name', async () => {
    await base('setup = ["sh ./scripts/setup.sh"]\n', { '.gitignore': 'node_modules/\n', 'scripts/setup.sh': 'one\n' });
    await setUp(1, install);
    await base('setup = ["sh ./scripts/setup.sh"]\n', { 'scripts/setup.sh': 'two\n' });
    await setUp(2, install);
    expect(runs).toBe(2);
  });

  it('leave nothing that is held against the agent, ignored by the repository or not', async () => {
    await base(SETTINGS);
    for (const generation of [1, 2]) {
      const { job, tree } = await setUp(generation, install);
      expect(existsSync(module(tree))).toBe(true);
      await place.commit(tree.dir, 'work.txt', 'done\n', 'work');
      expect(await workspaces.check(job, signal)).toMatchObject({ ok: true });
    }
    expect(runs).toBe(1);
  });

  it('that change files of the repository are not held against the agent, and run each time', async () => {
    await base(SETTINGS);
    for (const generation of [1, 2]) {
      const { job, tree } = await setUp(generation, (dir) => writeFile(join(dir, 'README.md'), 'touched\n'));
      await place.commit(tree.dir, 'work.txt', 'done\n', 'work');
      expect(await workspaces.check(job, signal)).toMatchObject({ ok: true });
    }
    expect(runs).toBe(2);
  });

  it('that fail keep nothing, and say so', async () => {
    await base(SETTINGS, LOCKED);
    const { job } = await prepared(1);
    const failure = { class: 'permanent', code: 'setup.failed', message: 'no network' } as const;
    const fail = async () => ({ ok: false, failure }) as const;
    expect(await workspaces.setUp(job, fail, signal)).toEqual({ ok: false, failure });
    await setUp(2, install);
    expect(runs).toBe(1);
  });

  it('whose copy is damaged run again', async () => {
    await base(SETTINGS, LOCKED);
    const { tree } = await setUp(1, install);
    const kept = await place.git(tree.mirror, 'rev-parse', '--absolute-git-dir');
    const [key = ''] = readdirSync(join(kept, 'setup'));
    await writeFile(join(kept, 'setup', key, 'manifest.json'), '{');
    await setUp(2, install);
    expect(runs).toBe(2);
    expect(place.warnings).toEqual(['cannot use what set-up commands made']);
  });
});

describe('files of the machine', () => {
  const put = async (file: string, content: string) => {
    const path = join(place.root, 'files', 'local', 'origin', file);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, content, { mode: 0o600 });
  };

  it('are in the worktree before the agent starts, and git ignores them there', async () => {
    await base('files = [".env", "config/local.json"]\n');
    await put('.env', 'TOKEN=x\n');
    await put('config/local.json', '{}\n');
    const { job, tree } = await prepared(1);
    expect(await readFile(join(tree.dir, '.env'), 'utf8')).toBe('TOKEN=x\n');
    expect(existsSync(join(tree.dir, 'config', 'local.json'))).toBe(true);
    await writeFile(join(tree.dir, 'work.txt'), 'done\n');
    await place.git(tree.dir, 'add', '--all');
    await place.git(tree.dir, 'commit', '--quiet', '-m', 'work');
    expect(await place.git(tree.dir, 'show', '--name-only', '--format=', 'HEAD')).toBe('work.txt');
    expect(await workspaces.check(job, signal)).toMatchObject({ ok: true });
  });

  it('that are not there stop the attempt before the agent, with the place to put them', async () => {
    await base('files = [".env"]\n');
    expect(await workspaces.prepare(place.job(), signal)).toMatchObject({
      ok: false,
      failure: {
        class: 'permanent',
        code: 'setup.file_missing',
        message: expect.stringContaining(join(place.root, 'files', 'local', 'origin', '.env')),
      },
    });
  });

  it('never replace a file of the repository', async () => {
    await base('files = ["README.md"]\n');
    await put('README.md', 'x');
    expect(await workspaces.prepare(place.job(), signal)).toMatchObject({
      ok: false,
      failure: { class: 'permanent', code: 'setup.file_in_repository' },
    });
  });

  it('are not written through a link that leads out of the worktree', async () => {
    const outside = join(place.root, 'outside');
    await mkdir(outside);
    await symlink(outside, join(place.seed, 'config'));
    await place.git(place.seed, 'add', '--', 'config');
    await place.git(place.seed, 'commit', '--quiet', '-m', 'a link');
    await base('files = ["config/local.json"]\n');
    await put('config/local.json', 'SECRET\n');
    expect(await workspaces.prepare(place.job(), signal)).toMatchObject({
      ok: false,
      failure: { class: 'permanent', code: 'setup.file_in_repository' },
    });
    expect(readdirSync(outside)).toEqual([]);
  });

  it('are not kept with what set-up commands made beside them', async () => {
    await base('files = ["config/local.json"]\nsetup = ["npm ci"]\n', { '.gitignore': 'config/\n' });
    const make = async (dir: string) => {
      await writeFile(join(dir, 'config', 'made.json'), 'made\n');
      await writeFile(join(dir, 'config', 'local.json'), 'changed\n');
    };
    await put('config/local.json', 'own\n');
    await setUp(1, make);
    const { tree } = await setUp(2, make);
    expect(runs).toBe(1);
    expect(await readFile(join(tree.dir, 'config', 'made.json'), 'utf8')).toBe('made\n');
    expect(await readFile(join(tree.dir, 'config', 'local.json'), 'utf8')).toBe('own\n');
  });
});

it('programs of verify commands are looked for once set-up commands have had their chance', async () => {
  await base('setup = ["npm ci"]\nverify = ["no-such-program-anywhere"]\n');
  const { job } = await prepared(1);
  const run = async () => ({ ok: true, value: null }) as const;
  expect(await workspaces.setUp(job, run, signal)).toMatchObject({
    ok: false,
    failure: { class: 'permanent', code: 'verify.not_found' },
  });
});

import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ANY_REMOTE } from '@agentcom/sidecar/core/remote-policy';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { git } from '../demo/project.js';
import { serviceEnvironment } from '../service/variables.js';
import { temporaryDir } from '../testing.js';
import { validateConfig } from './agent-config.js';
import { checkClock } from './hub-checks.js';
import {
  checkAccounts,
  checkDisk,
  checkGit,
  checkInit,
  checkNode,
  checkRepo,
  checkRunner,
  checkRunUser,
  signsInElsewhere,
} from './machine-checks.js';
import { TestMachine } from './testing.js';

let dir: Awaited<ReturnType<typeof temporaryDir>>;
let machine: TestMachine;

beforeEach(async () => {
  dir = await temporaryDir();
  machine = await TestMachine.at(dir.path);
});
afterEach(() => dir.remove());

describe('Node and git', () => {
  it.each([
    ['20.19.0', 'pass'],
    ['24.1.0', 'pass'],
    ['20.18.3', 'fail'],
    ['18.20.0', 'fail'],
  ])('Node %s is %s', (version, state) => {
    expect(checkNode(version).state).toBe(state);
  });

  it('say their version, are too old, or are not there', async () => {
    expect(await checkGit(machine.env)).toMatchObject({ state: 'fail', detail: expect.stringContaining('ENOENT') });
    await machine.program('git', 'echo git version 2.47.1');
    expect(await checkGit(machine.env)).toEqual({ name: 'git', state: 'pass', detail: '2.47.1' });
    await machine.program('git', 'echo git version 2.30.2');
    expect(await checkGit(machine.env)).toMatchObject({ state: 'fail', remedy: expect.stringContaining('2.34') });
  });
});

describe('the disk', () => {
  it.each([
    [{ warn: 0, fail: 0 }, 'pass'],
    [{ warn: Number.MAX_SAFE_INTEGER, fail: 0 }, 'warn'],
    [{ warn: Number.MAX_SAFE_INTEGER, fail: Number.MAX_SAFE_INTEGER }, 'fail'],
  ])('with %j is %s, also for a directory that is still to be made', async (minimums, state) => {
    expect((await checkDisk(join(dir.path, 'not', 'yet'), minimums)).state).toBe(state);
  });
});

describe('the runner', () => {
  it('that is not there, or cannot be run, is refused', async () => {
    expect(await checkRunner('claude', undefined, machine.places)).toMatchObject({ state: 'fail' });
    expect(await checkRunner('command', './nope', machine.places)).toMatchObject({
      state: 'fail',
      detail: 'program ./nope not found',
    });
    const path = join(machine.home, 'data');
    await writeFile(path, '');
    await chmod(path, 0o644);
    expect(await checkRunner('command', path, machine.places)).toMatchObject({ state: 'fail' });
    expect(await checkRunner('command', machine.home, machine.places)).toMatchObject({ state: 'fail' });
  });

  it('that does not say its version is refused, one that is not signed in is doubted', async () => {
    await machine.program('codex', 'exit 1');
    expect(await checkRunner('codex', undefined, machine.places)).toMatchObject({ state: 'fail' });
    await machine.program('codex', 'echo codex 1');
    const doubted = await checkRunner('codex', undefined, machine.places);
    expect(doubted).toMatchObject({ state: 'warn', remedy: expect.stringContaining('codex login') });
    const env = { ...machine.env, CODEX_API_KEY: 'secret' };
    const found = await checkRunner('codex', undefined, { ...machine.places, env });
    expect(found).toEqual({ name: 'codex', state: 'pass', detail: 'codex 1, signed in (CODEX_API_KEY)' });
  });

  it('has accounts, each signed in by its own directory alone', async () => {
    await mkdir(join(machine.home, 'work'));
    await writeFile(join(machine.home, 'work', 'auth.json'), '{}');
    const accounts = ['work', 'spare'].map((name) => ({ name, home: join(machine.home, name) }));
    const { runner } = validateConfig({ runner: { kind: 'codex', accounts } }, 'shared.toml');
    const env = { ...machine.env, CODEX_API_KEY: 'secret' };
    const [work, spare] = await checkAccounts(runner, { ...machine.places, env });
    expect(work).toMatchObject({ name: 'account work', state: 'pass' });
    expect(spare).toMatchObject({
      state: 'warn',
      remedy: expect.stringContaining(`CODEX_HOME=${machine.home}/spare in the environment, run \`codex login\``),
    });
    expect(signsInElsewhere('codex', runner)).toBe(true);
    expect(signsInElsewhere('claude', runner)).toBe(false);
  });

  it('may be another program than the one of its name', async () => {
    const own = await machine.program('my-codex', 'echo mine 2');
    expect((await checkRunner('codex', own, machine.places)).detail).toContain('mine 2');
  });
});

const ANY = { program: 'git', ...ANY_REMOTE };

describe('a repository', () => {
  beforeEach(() => machine.link('git'));

  it('that can be read passes, one that cannot does not', async () => {
    const origin = join(dir.path, 'origin.git');
    await git(process.env, ['init', '--quiet', '--bare', origin]);
    expect((await checkRepo(`file://${origin}`, machine.env, ANY)).state).toBe('pass');
    expect(await checkRepo(`file://${origin}-not`, machine.env, ANY)).toMatchObject({ state: 'fail' });
  });

  it('that the settings do not allow does not pass, and the settings are named', async () => {
    const check = await checkRepo('file:///srv/x.git', machine.env, { ...ANY, directories: [] });
    expect(check).toMatchObject({ state: 'fail', detail: expect.stringContaining('`git.directories`') });
    expect(check.remedy).toContain('--config-from');
  });

  it('is read as the sidecar reads it, and as its service will', async () => {
    const seen = join(dir.path, 'seen');
    await machine.unlink('git');
    const own = await machine.program('git', `echo "$GIT_SSH_COMMAND" > ${seen}; test -n "$SSH_AUTH_SOCK"`);
    const shell = { ...machine.env, SSH_AUTH_SOCK: '/agent', GIT_SSH_COMMAND: 'ssh -i key' };
    expect(await checkRepo('ssh://host.invalid/x', shell, { ...ANY, program: own })).toMatchObject({ state: 'pass' });
    expect(await readFile(seen, 'utf8')).toBe('\n');
    const service = serviceEnvironment({ env: shell, cwd: '/' });
    expect(await checkRepo('ssh://host.invalid/x', shell, { ...ANY, program: own }, service)).toMatchObject({
      state: 'warn',
      detail: expect.stringContaining('not by the service'),
    });
    expect(await checkRepo('ssh://host.invalid/x', shell, { ...ANY, program: own }, shell)).toMatchObject({
      state: 'pass',
    });
  });

  it('is never read as an option, a command or a place of its own protocol', async () => {
    const touched = join(dir.path, 'touched');
    for (const url of [`--upload-pack=touch ${touched}`, `ext::touch ${touched}`]) {
      expect((await checkRepo(url, machine.env, ANY)).state).toBe('fail');
    }
    expect((await checkRepo('https://user:secret@127.0.0.1:1/x', machine.env, ANY)).detail).not.toContain('secret');
    await expect(writeFile(touched, '', { flag: 'wx' })).resolves.toBeUndefined();
  });
});

describe('process 1', () => {
  it('is mentioned only where it collects no orphans, with what to do', () => {
    expect(checkInit(null)).toEqual([]);
    const [check] = checkInit({ dead: 3 });
    expect(check).toMatchObject({ state: 'warn', remedy: expect.stringContaining('--init') });
    expect(check?.detail).toContain('(3 so far)');
    expect(checkInit({ dead: 0 })[0]?.detail).not.toContain('so far');
  });
});

describe('the clock', () => {
  const asked = Date.parse('2026-01-31T12:00:00.900Z');
  it.each([
    [0, 'pass'],
    [4, 'pass'],
    [30, 'warn'],
    [-30, 'warn'],
    [120, 'fail'],
    [-120, 'fail'],
  ])('that differs by %i s is %s', (seconds, state) => {
    const header = Math.floor(asked / 1000) * 1000 + seconds * 1000;
    expect(checkClock(header, asked, asked + 50).state).toBe(state);
  });
});

it('as whom or in what an agent runs is checked where it is configured, with what is missing', async () => {
  const check = (more: Readonly<Record<string, unknown>>) =>
    checkRunUser(validateConfig({ runner: { argv: ['cat'], ...more } }, 'test'), [dir.path], machine.env);
  expect(await check({})).toEqual([]);
  expect(await check({ user: 'no-such-user' })).toMatchObject([
    { name: 'agent user', state: 'fail', remedy: expect.stringMatching(/^Create it, .*useradd/) },
  ]);
  expect(await check({ user: 'root' })).toMatchObject([
    { detail: expect.stringMatching(/^root must be another user/), remedy: 'Correct runner.user.' },
  ]);
  expect(await check({ container: { image: 'agent:1' } })).toMatchObject([
    {
      name: 'container',
      state: 'fail',
      detail: expect.stringContaining('ENOENT'),
      remedy: expect.stringMatching(/^Install/),
    },
  ]);
  await machine.program('podman', 'exit 0');
  expect(await check({ container: { image: 'agent:1' } })).toMatchObject([{ state: 'pass', detail: 'agent:1' }]);
});

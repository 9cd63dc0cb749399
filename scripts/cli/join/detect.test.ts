import { mkdir, writeFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { temporaryDir } from '../testing.js';
import { describeMachine, installedTools } from './detect.js';
import { TestMachine } from './testing.js';

let dir: Awaited<ReturnType<typeof temporaryDir>>;
let machine: TestMachine;

beforeEach(async () => {
  dir = await temporaryDir();
  machine = await TestMachine.at(dir.path);
});
afterEach(() => dir.remove());

const ALWAYS = [`os:${platform()}`, `arch:${arch()}`, 'node'];

it('finds nothing but the system on a bare machine', async () => {
  expect((await describeMachine(machine.places)).capabilities).toEqual(ALWAYS);
  expect(await installedTools(machine.places)).toEqual([]);
});

it('finds what runs, and not what is there and fails', async () => {
  await machine.program('git', 'echo git version 2.47.1');
  await machine.program('python3', 'echo Python 3.12');
  await machine.program('nvidia-smi', '[ "$*" = -L ] && echo GPU 0');
  await machine.program('docker', 'echo "Cannot connect to the Docker daemon" >&2; exit 1');
  expect((await describeMachine(machine.places)).capabilities).toEqual([...ALWAYS, 'git', 'python', 'gpu']);
});

it('finds the agents that say their version, and what shows that they are signed in', async () => {
  const claude = await machine.program('claude', '[ "$*" = --version ] && echo "2.1.0 (Claude Code)"');
  await machine.program('codex', 'echo codex-cli 0.1');
  await machine.program('gemini', 'exit 3');
  await mkdir(join(machine.home, '.codex'));
  await writeFile(join(machine.home, '.codex', 'auth.json'), '{}');
  expect(await installedTools(machine.places)).toEqual([
    { kind: 'claude', path: claude, version: '2.1.0 (Claude Code)', signedInBy: undefined },
    expect.objectContaining({ kind: 'codex', version: 'codex-cli 0.1', signedInBy: { shown: '~/.codex/auth.json' } }),
  ]);
  const withKey = { ...machine.places, env: { ...machine.env, ANTHROPIC_API_KEY: 'secret' } };
  expect((await installedTools(withKey))[0]?.signedInBy).toEqual({
    shown: 'ANTHROPIC_API_KEY',
    variable: 'ANTHROPIC_API_KEY',
  });
  const moved = { ...machine.places, env: { ...machine.env, CODEX_HOME: join(machine.home, '.codex') } };
  expect((await installedTools(moved))[1]?.signedInBy).toEqual({
    shown: '$CODEX_HOME/auth.json',
    variable: 'CODEX_HOME',
  });
});

// Real programs and directories.

import { chmod, mkdir, mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, resolveSettings } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SidecarConfig } from './config.js';
import { probeMachine } from './machine-probe.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentcom probe '));
  await mkdir(join(dir, 'bin'));
  await program('git', 'echo git version 2.47.1');
  await program('claude', 'echo 2.1.0');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function program(name: string, script: string, interpreter = '/bin/sh'): Promise<void> {
  const path = join(dir, 'bin', name);
  await writeFile(path, `#!${interpreter}\n${script}\n`);
  await chmod(path, 0o755);
}

function config(more: Readonly<Record<string, unknown>> = {}): SidecarConfig {
  const own = { keyFile: join(dir, 'key'), stateDir: join(dir, 'state'), repoRoot: join(dir, 'repos') };
  const content = { hub: 'http://127.0.0.1', name: 'tern', ...own, runner: { kind: 'claude' }, ...more };
  const settings = resolveSettings('sidecar', { env: {}, file: { name: 'f', content }, readFile: () => '' }, compile);
  if (!settings.ok) throw new Error(JSON.stringify(settings.details));
  return settings.value;
}

const probe = (
  more?: Readonly<Record<string, unknown>>,
  programs: readonly string[] = [process.execPath],
  signedOut?: string,
) => {
  const unfit = { code: 'runner.not_signed_in', message: 'sign in' };
  const signIns = { unfit: (kind: string) => (kind === signedOut ? unfit : undefined) };
  return probeMachine({ config: config(more), env: { PATH: join(dir, 'bin') }, programs, signIns });
};

it('finds nothing where all is well, and leaves nothing behind', async () => {
  expect(await probe()).toEqual({ unfit: undefined, withoutRunners: new Map() });
});

it('finds an agent that is not installed, not executable, without its interpreter, or that does not run', async () => {
  const missing = async () => (await probe()).unfit;
  await program('claude', '', '/nowhere/node/v20/bin/node');
  expect(await missing()).toMatchObject({
    code: 'machine.agent_missing',
    message: expect.stringMatching(/needs .*node.*, which is gone/),
  });
  await program('claude', '', '/usr/bin/env node');
  expect((await missing())?.message).toContain('needs node, which is gone');
  await program('claude', 'echo SyntaxError: too old >&2; exit 1');
  expect((await missing())?.message).toContain('does not run (SyntaxError: too old)');
  await chmod(join(dir, 'bin', 'claude'), 0o644);
  expect((await missing())?.message).toContain('program claude not found on PATH, or not executable');
  await unlink(join(dir, 'bin', 'claude'));
  expect((await missing())?.code).toBe('machine.agent_missing');
});

it('lets the other agents work when one of several is missing, and none when it is the usual one', async () => {
  const also = { runner: { kind: 'claude', also: ['codex'] } };
  const { unfit, withoutRunners } = await probe(also);
  expect(unfit).toBeUndefined();
  expect([...withoutRunners.keys()]).toEqual(['codex']);
  await unlink(join(dir, 'bin', 'claude'));
  await program('codex', 'echo 1');
  expect((await probe(also)).unfit?.code).toBe('machine.agent_missing');
});

it('only looks at a program of one’s own, which may take every start for work', async () => {
  await program('mine', 'echo started >> "$0.log"');
  expect((await probe({ runner: { kind: 'command', argv: [join(dir, 'bin', 'mine')] } })).unfit).toBeUndefined();
  await expect(unlink(join(dir, 'bin', 'mine.log'))).rejects.toThrow('ENOENT');
});

it('finds a git that is gone or too old', async () => {
  await program('git', 'echo git version 2.25.1');
  expect((await probe()).unfit).toMatchObject({ code: 'machine.git_too_old' });
  await unlink(join(dir, 'bin', 'git'));
  expect((await probe()).unfit).toMatchObject({ code: 'machine.git_missing' });
});

it('finds the Node or the command that it was started by gone', async () => {
  const gone = join(dir, 'v20.1.0', 'bin', 'node');
  expect((await probe({}, [process.execPath, gone])).unfit).toMatchObject({
    code: 'machine.program_gone',
    message: expect.stringContaining(gone),
  });
});

it('finds a directory that cannot be written, and a disk with too little room', async () => {
  await writeFile(join(dir, 'state'), 'a file');
  expect((await probe()).unfit).toMatchObject({ code: 'machine.not_writable' });
  expect((await probe({ lowDiskBytes: 2 ** 50 })).unfit).toMatchObject({ code: 'machine.disk_low' });
});

it('finds an agent that is signed out, beside which others can work', async () => {
  const also = { runner: { kind: 'claude', also: ['codex'] } };
  await program('codex', 'echo 0.1');
  expect((await probe(also, undefined, 'claude')).unfit?.code).toBe('runner.not_signed_in');
  const { unfit, withoutRunners } = await probe(also, undefined, 'codex');
  expect(unfit).toBeUndefined();
  expect([...withoutRunners]).toEqual([['codex', 'sign in']]);
});

it('finds a user as whom agents cannot run, and an engine or an image that is missing', async () => {
  expect((await probe({ runner: { kind: 'claude', user: 'no-such-user' } })).unfit).toMatchObject({
    code: 'machine.user_unusable',
    message: expect.stringContaining('useradd'),
  });
  await unlink(join(dir, 'bin', 'claude'));
  const contained = { runner: { kind: 'claude', container: { image: 'agent:1' } } };
  expect((await probe(contained)).unfit).toMatchObject({
    code: 'machine.container_unusable',
    message: expect.stringContaining('podman cannot be started (ENOENT)'),
  });
  await program('podman', 'exit 0');
  expect((await probe(contained)).unfit).toBeUndefined();
});

it('asks git and the engine at the same time', async () => {
  await program('podman', `: > '${dir}/asked'`);
  await program(
    'git',
    `for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
       [ -e '${dir}/asked' ] && echo git version 2.47.1 && exit
       /bin/sleep 0.1
     done
     exit 1`,
  );
  expect((await probe({ runner: { kind: 'claude', container: { image: 'agent:1' } } })).unfit).toBeUndefined();
});

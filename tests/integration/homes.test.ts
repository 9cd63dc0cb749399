// Homes that are not as usual: with spaces and a long name, read-only, or with what belongs to another user.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { agentTask } from '../support/agent-task.js';
import type { Child, Ended } from '../support/child.js';
import { CLI } from '../support/cli.js';
import { readyHub } from '../support/hub.js';
import { Origin } from '../support/origin.js';
import { OtherUser, whyNoOtherUser } from '../support/other-user.js';
import { AGENT_PROGRAM } from '../support/sidecar.js';
import { testSandbox } from '../support/test-sandbox.js';
import { within } from '../support/wait.js';

const COMMAND_TIMEOUT_MS = 60_000;
const REFUSAL_TIMEOUT_MS = 20_000;
const noOtherUser = whyNoOtherUser();

const endOf = (child: Child): Promise<Ended> => within(child.ended, REFUSAL_TIMEOUT_MS, 'the end');

/** It ended as it should, and said what to do instead of showing where its code is. */
async function expectRefusal(child: Child, code: number, ...words: string[]): Promise<void> {
  expect(await endOf(child), child.tail).toEqual({ code, signal: null });
  for (const word of words) expect(child.tail).toContain(word);
  expect(child.tail).not.toMatch(/^\s+at .*:\d+:\d+|internal|This is a bug/m);
}

test('a home with spaces and a long name is enough for hub, join, doctor, sidecar and a whole task', async () => {
  const sandbox = testSandbox();
  const home = sandbox.path(`a home with spaces, and with ${'a long '.repeat(12)}name`);
  expect(home.length).toBeGreaterThan(100);
  mkdirSync(home);
  const env = { HOME: home, AGENTCOM_LOW_DISK_BYTES: '0', XDG_CACHE_HOME: undefined };
  const run = (...args: string[]) => sandbox.run(process.execPath, [CLI, ...args], { env });
  const done = async (...args: string[]): Promise<readonly object[]> => {
    const child = run('--json', ...args);
    expect((await within(child.ended, COMMAND_TIMEOUT_MS, args.join(' '))).code, child.tail).toBe(0);
    return child.events;
  };

  const hub = await readyHub(run('up', '--port', '0', '--json'));
  expect(hub.dataDir.startsWith(`${home}/`)).toBe(true);
  const [invitation] = await done('agent', 'invite', '--hub', hub.url);
  const tokenFile = join(home, 'token file');
  writeFileSync(tokenFile, String((invitation as { token: string }).token));
  const program = ['--', process.execPath, AGENT_PROGRAM];
  await done('join', hub.url, '--token-file', tokenFile, '--name', 'builder', '--no-test', ...program);
  const config = join(home, '.local', 'share', 'agentcom', 'agents', 'builder', 'sidecar.toml');
  const sidecar = run('sidecar', '--config', config);

  const origin = await Origin.make(join(home, 'a repository'));
  const promptFile = join(home, 'the prompt');
  writeFileSync(promptFile, agentTask(sandbox, origin).prompt);
  const task = ['--prompt-file', promptFile, '--repo', origin.dir, '--base', 'main', '--wait'];
  const last = (await done('submit', 'First work', '--hub', hub.url, ...task)).at(-1);
  expect(JSON.stringify(last)).toContain('"state":"completed"');
  expect((await origin.branches()).size).toBe(2);
  await done('doctor', '--hub', hub.url);

  expect((await sidecar.stop()).code).toBe(0);
  expect((await hub.stop()).code).toBe(0);
});

test('a read-only home ends nothing without saying what to do, and directories elsewhere are enough', async ({
  skip,
}) => {
  skip(noOtherUser !== undefined, noOtherUser);
  const sandbox = testSandbox();
  const user = new OtherUser(sandbox, sandbox.path('home'));
  const data = user.dir('data');

  await expectRefusal(user.agentcom('up', '--port', '0'), 77, 'hub.not_started', '--data-dir');
  const hub = await readyHub(user.agentcom('up', '--port', '0', '--json', '--data-dir', join(data, 'hub')));
  const where = ['--hub', hub.url, '--key-file', hub.keyFile];
  await expectRefusal(user.agentcom('submit', 'Roof', '--prompt', 'Mend it.'), 77, 'auth.missing', '--key-file');
  await expectRefusal(
    user.agentcom('context', 'add', 'here', hub.url, '--key-file', hub.keyFile),
    77,
    'system.refused',
  );

  const invite = user.agentcom('agent', 'invite', '--json', ...where);
  await endOf(invite);
  const tokenFile = join(data, 'token');
  writeFileSync(tokenFile, String((invite.events[0] as { token: string }).token), { mode: 0o644 });
  const joining = ['join', hub.url, '--token-file', tokenFile, '--name', 'builder', '--no-test'];
  await expectRefusal(user.agentcom(...joining, '--', '/bin/cat'), 1, 'directories', 'is not writable', '--dir');
  const dir = join(data, 'builder');
  const joined = user.agentcom(...joining, '--dir', dir, '--', '/bin/cat');
  expect((await endOf(joined)).code, joined.tail).toBe(0);

  const sidecar = user.agentcom('sidecar', '--config', join(dir, 'sidecar.toml'));
  const submitted = user.agentcom('submit', 'Roof', '--prompt', 'Mend it.', '--wait', ...where);
  expect((await within(submitted.ended, COMMAND_TIMEOUT_MS, 'the task')).code, submitted.tail).toBe(0);
  const doctor = user.agentcom('doctor', ...where);
  await expectRefusal(doctor, 1, 'most agents keep their sessions there', 'AGENTCOM_DATA_DIR');
  expect((await sidecar.stop()).code).toBe(0);
  expect((await hub.stop()).code).toBe(0);
});

test('what another user started is refused with 77, and with what to do', async ({ skip }) => {
  skip(noOtherUser !== undefined, noOtherUser);
  const sandbox = testSandbox();
  const user = new OtherUser(sandbox, sandbox.path('home'));
  const env = { HOME: sandbox.path('root'), AGENTCOM_LOW_DISK_BYTES: '0' };
  const root = (...args: string[]) => sandbox.run(process.execPath, [CLI, ...args], { env });
  const hub = await readyHub(root('up', '--port', '0', '--json', '--data-dir', sandbox.path('hub')));
  const { token } = await hub.api.need<{ token: string }>('POST', '/enrolments', { uses: 1 });
  const tokenFile = sandbox.path('token');
  writeFileSync(tokenFile, token);
  const dir = sandbox.path('builder');
  const words = ['join', hub.url, '--token-file', tokenFile, '--no-test', '--dir', dir, '--', '/bin/cat'];
  const joined = root(...words);
  expect((await endOf(joined)).code, joined.tail).toBe(0);
  expect((await hub.stop()).code).toBe(0);
  const up = ['up', '--port', '0', '--data-dir', hub.dataDir];
  await expectRefusal(user.agentcom(...up), 77, 'Run it as the user who owns the directory');

  const sidecar = ['sidecar', '--config', join(dir, 'sidecar.toml')];
  await expectRefusal(user.agentcom(...sidecar), 77, 'settings.unreadable', 'Run it as the user who joined it');
  mkdirSync(join(dir, 'state'), { recursive: true });
  for (const path of ['.', 'sidecar.toml', 'agent.key']) chmodSync(join(dir, path), 0o755);
  await expectRefusal(user.agentcom(...sidecar), 77, 'sidecar.not_started', 'Run it as the user who joined it');
});

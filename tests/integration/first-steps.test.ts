// What a newcomer does: `npm start` with its demonstration, and the commands that let a machine join, work and leave.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { agentTask } from '../support/agent-task.js';
import type { Child } from '../support/child.js';
import { CLI, REPOSITORY } from '../support/cli.js';
import { type Hub, startHub } from '../support/hub.js';
import { Origin } from '../support/origin.js';
import { processesOf } from '../support/process-list.js';
import type { Sandbox } from '../support/sandbox.js';
import { AGENT_PROGRAM } from '../support/sidecar.js';
import { testSandbox } from '../support/test-sandbox.js';
import { eventually, within } from '../support/wait.js';

const START = join(REPOSITORY, 'scripts', 'start.mjs');
const COMMAND_TIMEOUT_MS = 60_000;

test('npm start makes a repository, joins an agent and shows its pushed branch; a second start does it again', async () => {
  const sandbox = testSandbox();
  for (const _ of ['first', 'second']) {
    const hub = start(sandbox);
    const ready = await hub.event('ready', 120_000);
    expect(ready).toMatchObject({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      keyFile: sandbox.path('hub', 'owner.key'),
    });
    const done = await hub.event('demo.completed', 90_000);
    const { task, agent, origin, branch, commit, elapsedMs } = done as Record<string, string>;
    expect(Number(elapsedMs)).toBeGreaterThan(0);
    expect(branch).toMatch(new RegExp(`^agentcom/${agent}/${task?.slice(-12)}-g1-`));
    const repository = Origin.at(String(origin));
    expect((await repository.branches()).get(String(branch))).toBe(commit);
    expect(await repository.git('diff', '--stat', 'main', String(commit))).not.toBe('');
    hub.signal('SIGINT');
    expect(await within(hub.ended, 30_000, 'the end')).toEqual({ code: 0, signal: null });
    expect(processesOf(sandbox.dir)).toEqual([]);
  }
});

test('the sidecar of a demonstration never outlives a killed hub, which npm start -- --no-demo only serves again', async () => {
  const sandbox = testSandbox();
  const hub = start(sandbox);
  await hub.event('demo.completed', 90_000);
  await hub.kill9();
  const isSidecar = ({ command }: { command: string }): boolean => command.includes(' sidecar ');
  await eventually('the end of the sidecar', 20_000, () => !processesOf(sandbox.dir).some(isSidecar) || undefined);
  const again = start(sandbox, '--no-demo');
  await again.event('ready', 60_000);
  expect((await again.stop()).code).toBe(0);
  expect(again.events).toHaveLength(1);
});

test('a machine joins by an invitation, works, and leaves', async () => {
  const sandbox = testSandbox();
  const hub = await startHub(sandbox);
  const origin = await Origin.make(sandbox.path('origin'));
  const ask = (...args: string[]) => agentcom(sandbox, hub, ...args);

  const { token } = await ask('agent', 'invite');
  const tokenFile = sandbox.path('token');
  writeFileSync(tokenFile, String(token));
  const dir = sandbox.path('machine');
  await ask(
    'join',
    hub.url,
    '--token-file',
    tokenFile,
    '--name',
    'builder',
    '--no-test',
    '--dir',
    dir,
    '--',
    process.execPath,
    AGENT_PROGRAM,
  );
  const config = join(dir, 'sidecar.toml');
  const sidecar = sandbox.run(process.execPath, [CLI, 'sidecar', '--config', config]);

  const { prompt } = agentTask(sandbox, origin);
  const promptFile = sandbox.path('prompt');
  writeFileSync(promptFile, prompt);
  const submitted = [
    'submit',
    'First work',
    '--prompt-file',
    promptFile,
    '--repo',
    origin.dir,
    '--base',
    'main',
    '--wait',
  ];
  const lines = await agentcomLines(sandbox, hub, ...submitted);
  const last = lines.at(-1) as { task?: { state?: string }; state?: string };
  expect(last.state ?? last.task?.state).toBe('completed');
  expect((await origin.branches()).size).toBe(2);
  const agents = (await ask('agent', 'list')) as { items: { name: string; state: string }[] };
  expect(agents.items).toMatchObject([{ name: 'builder', state: 'idle' }]);

  expect((await sidecar.stop()).code).toBe(0);
  await ask('leave', '--config', config);
  expect((await hub.api.call('GET', '/agents/builder')).status).toBe(404);
  expect((await hub.stop()).code).toBe(0);
});

function start(sandbox: Sandbox, ...flags: string[]): Child {
  const args = [START, '--json', '--port', '0', '--data-dir', sandbox.path('hub'), ...flags];
  return sandbox.run(process.execPath, args, { env: { AGENTCOM_LOW_DISK_BYTES: '0' } });
}

/** What the command says as JSON, when it ends well. */
async function agentcom(sandbox: Sandbox, hub: Hub, ...args: string[]): Promise<Record<string, unknown>> {
  const [answer] = await agentcomLines(sandbox, hub, ...args);
  return answer as Record<string, unknown>;
}

async function agentcomLines(sandbox: Sandbox, hub: Hub, ...args: string[]): Promise<readonly object[]> {
  const all = [CLI, '--json', '--hub', hub.url, '--key-file', hub.keyFile, ...args];
  const child = sandbox.run(process.execPath, all);
  const { code } = await within(child.ended, COMMAND_TIMEOUT_MS, args.join(' '));
  expect(code, child.tail).toBe(0);
  return child.events;
}

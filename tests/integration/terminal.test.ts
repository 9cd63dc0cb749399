// What a real terminal makes of the command: it is closed over what runs in it, as a window or a broken ssh connection does, and the system hangs up;
// and somebody at it is asked.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Child } from '../support/child.js';
import { CLI } from '../support/cli.js';
import { readyHub, startHub } from '../support/hub.js';
import { processesOf } from '../support/process-list.js';
import type { Sandbox } from '../support/sandbox.js';
import { Sidecar } from '../support/sidecar.js';
import { testSandbox } from '../support/test-sandbox.js';
import { eventually } from '../support/wait.js';

const END_TIMEOUT_MS = 30_000;

/** That of util-linux makes a terminal; others name their options differently. */
const cannotMakeTerminals = spawnSync('script', ['-qec', 'exec test -t 1', '/dev/null'], { input: '' }).status !== 0;

/** The terminal is there for as long as this child, and as wide as most; without a width, each letter of a question has a line. */
function inTerminal(sandbox: Sandbox, ...args: string[]): Child {
  const words = [process.execPath, CLI, ...args].map((word) => `'${word}'`).join(' ');
  const env = { AGENTCOM_LOW_DISK_BYTES: '0', SHELL: '/bin/sh' };
  return sandbox.run('script', ['-qec', `stty cols 80; exec ${words}`, '/dev/null'], { env, input: true });
}

async function nothingLeft(sandbox: Sandbox, what: string): Promise<void> {
  await eventually(`the end of ${what}`, END_TIMEOUT_MS, () => {
    const left = processesOf(sandbox.dir).map(({ command }) => command);
    if (left.length === 0) return true;
    throw new Error(left.join('\n'));
  });
}

test('a hub ends with its terminal, its nats-server too, and starts again where it was', async ({ skip }) => {
  skip(cannotMakeTerminals, 'no `script` of util-linux here');
  const sandbox = testSandbox();
  const dataDir = sandbox.path('hub');
  const hub = await readyHub(inTerminal(sandbox, 'up', '--json', '--port', '0', '--data-dir', dataDir));
  const { id } = await hub.api.submit({ needs: ['nobody'] });
  expect(processesOf(sandbox.dir).some(({ command }) => command.includes('nats-server'))).toBe(true);
  await hub.kill9();
  await nothingLeft(sandbox, 'the hub');
  const again = await startHub(sandbox, { dataDir });
  expect((await again.api.task(id)).state).toBe('queued');
  expect((await again.stop()).code).toBe(0);
});

test('a sidecar and a join end with their terminals, and the task that join waits for is cancelled', async ({
  skip,
}) => {
  skip(cannotMakeTerminals, 'no `script` of util-linux here');
  const sandbox = testSandbox();
  const hub = await startHub(sandbox);
  const beside = (): string[] =>
    processesOf(sandbox.dir).flatMap(({ command }) => (/ (?:sidecar|join) |sleep 600/.test(command) ? [command] : []));
  const goneBeside = (what: string) =>
    eventually(`the end of ${what}`, END_TIMEOUT_MS, () => {
      if (beside().length === 0) return true;
      throw new Error(beside().join('\n'));
    });

  const machine = await hub.api.enrol('builder', []);
  // Writes its configuration; started it is in a terminal.
  const { dir } = new Sidecar(sandbox, hub.url, machine);
  const terminal = inTerminal(sandbox, 'sidecar', '--config', join(dir, 'sidecar.toml'));
  await eventually('the sidecar at the hub', END_TIMEOUT_MS, async () => {
    if ((await hub.api.agent('builder')).connected) return true;
    throw new Error(terminal.tail);
  });
  await terminal.kill9();
  await goneBeside('the sidecar');

  const { token } = await hub.api.need<{ token: string }>('POST', '/enrolments', { uses: 1 });
  const tokenFile = sandbox.path('token');
  writeFileSync(tokenFile, token);
  const where = ['--token-file', tokenFile, '--name', 'joiner', '--dir', sandbox.path('joiner')];
  const joining = inTerminal(sandbox, 'join', hub.url, ...where, '--', '/bin/sleep', '600');
  const { id } = await eventually('the test task at work', END_TIMEOUT_MS, async () => {
    const { items } = await hub.api.need<{ items: { id: string; state: string }[] }>('GET', '/tasks');
    const task = items.find(({ state }) => state === 'working');
    if (task !== undefined) return task;
    throw new Error(joining.tail);
  });
  await joining.kill9();
  await goneBeside('the join');
  expect((await hub.api.task(id)).state).toBe('cancelled');
  expect((await hub.stop()).code).toBe(0);
});

test('somebody at a terminal is asked before a task may cost more, and before one is retried', async ({ skip }) => {
  skip(cannotMakeTerminals, 'no `script` of util-linux here');
  const sandbox = testSandbox();
  const hub = await startHub(sandbox);
  const where = ['--hub', hub.url, '--key-file', hub.keyFile];
  const answered = async (question: string, key: string, ...args: string[]): Promise<number | null> => {
    const child = inTerminal(sandbox, ...args, ...where);
    await eventually(`the question "${question}"`, END_TIMEOUT_MS, () => {
      if (child.tail.includes(question)) return true;
      throw new Error(child.tail);
    });
    child.write(key);
    return (await child.ended).code;
  };
  const tasks = async () => (await hub.api.need<{ items: unknown[] }>('GET', '/tasks')).items;
  const submit = ['submit', 'A task', '--prompt', 'Do it.', '--confirm-above', '0.01'];

  expect(await answered('Submit it?', 'n', ...submit)).not.toBe(0);
  expect(await tasks()).toEqual([]);
  expect(await answered('Submit it?', 'y', ...submit)).toBe(0);
  expect(await tasks()).toHaveLength(1);

  const fails = await Sidecar.join(sandbox, hub.api, 'fails', { argv: ['/bin/sh', '-c', 'exit 1'] });
  const { id } = await hub.api.submit({ needs: ['agent:fails'], maxAttempts: 1 });
  await hub.api.taskIn(id, ['dead']);
  await fails.child.stop();
  const retry = ['task', 'retry', id, '--confirm'];
  expect(await answered('Retry it?', 'n', ...retry)).not.toBe(0);
  expect((await hub.api.task(id)).state).toBe('dead');
  expect(await answered('Retry it?', 'y', ...retry)).toBe(0);
  expect((await hub.api.task(id)).state).toBe('queued');
  expect((await hub.stop()).code).toBe(0);
});

// A hub's starts and ends: it goes on where it ended, shares its data with nobody, and leaves nothing behind.

import { once } from 'node:events';
import { createConnection } from 'node:net';
import { expect, test } from 'vitest';
import { type HubApi, hashOf, newKey } from '../support/api.js';
import { CLI } from '../support/cli.js';
import { besideContainer } from '../support/container.js';
import { type Hub, readyHub, spawnHub, startHub, untilReady } from '../support/hub.js';
import { natsPid } from '../support/nats-process.js';
import { completion, connectedAgent, reconnected, workingOn } from '../support/on-hub.js';
import { processesOf } from '../support/process-list.js';
import type { Sandbox } from '../support/sandbox.js';
import { testSandbox } from '../support/test-sandbox.js';
import { eventually, within } from '../support/wait.js';

test('a second start on the same data directory goes on where the first ended', async () => {
  const sandbox = testSandbox();
  const first = await startHub(sandbox);
  const agent = await connectedAgent(first);
  const done = await workingOn(first, agent);
  await agent.ok(completion(done));
  const queued = await first.api.submit({ title: 'later', needs: ['nobody'] }, 'a-key');
  expect(await first.stop()).toEqual({ code: 0, signal: null });

  const second = await startHub(sandbox);
  expect(second.key).toBe(first.key);
  expect((await second.api.task(done.task)).state).toBe('completed');
  expect((await second.api.task(queued.id)).state).toBe('queued');
  expect((await second.api.submit({ title: 'later', needs: ['nobody'] }, 'a-key')).id).toBe(queued.id);
  const [, welcome] = await reconnected(second, agent.machine);
  expect(welcome.agent).toBe(agent.machine.name);
  expect((await second.stop()).code).toBe(0);
});

test('a second hub on a data directory that is in use is refused, and the first serves on', async () => {
  const sandbox = testSandbox();
  const first = await startHub(sandbox);
  const second = spawnHub(sandbox);
  const { code } = await within(second.ended, 20_000, 'the refusal');
  expect(code).toBe(1);
  expect(second.tail).toContain(String(first.pid));
  expect((await first.api.submit()).state).toBe('queued');
  expect((await first.stop()).code).toBe(0);
});

test('of hubs in containers of their own on one data directory one runs at any time, and nothing it took is lost', async () => {
  const sandbox = testSandbox();
  const first = await readyHub(spawnHub(sandbox, { container: true }));
  const second = spawnHub(sandbox, { container: true });
  expect((await within(second.ended, 20_000, 'the refusal')).code).toBe(1);
  expect(second.tail).toMatch(/is in use by process \d+/);
  const submitted = await submitBeside(sandbox, first, 'kept');
  await first.kill9();

  const starts = [0, 1].map(() => spawnHub(sandbox, { container: true }));
  const ready = await within(Promise.any(starts.map((child) => readyHub(child))), 10_000, 'the next start');
  const refused = starts.find((child) => child !== ready.child);
  expect((await within(refused?.ended ?? Promise.reject(), 20_000, 'the refusal')).code).toBe(1);
  expect(await submitBeside(sandbox, ready, 'kept')).toBe(submitted);
  await ready.kill9();
  // The kernel ends a container's other processes once its first has ended.
  await eventually('the end of the container', 20_000, () => processesOf(sandbox.dir).length === 0 || undefined);
});

test('SIGTERM closes sockets with 1012, ends nats-server and exits 0', async () => {
  const sandbox = testSandbox();
  const hub = await startHub(sandbox);
  const agent = await connectedAgent(hub);
  const nats = natsPid(hub);
  const [end, closed] = await Promise.all([hub.stop(), within(agent.closed, 20_000, 'the closing')]);
  expect(end).toEqual({ code: 0, signal: null });
  expect(closed.code).toBe(1012);
  expect(processesOf(sandbox.dir).map(({ pid }) => pid)).not.toContain(nats);
});

test('everything answered with 201 outlives kill -9, and the nats-server left behind is taken over', async () => {
  const sandbox = testSandbox();
  const first = await startHub(sandbox);
  const submissions = Array.from({ length: 50 }, (_, i) =>
    first.api.submit({ title: `task ${i}`, needs: ['nobody'] }, `k${i}`),
  );
  const outcomes = Promise.allSettled(submissions);
  await Promise.race(submissions);
  const nats = natsPid(first);
  await first.kill9();
  const accepted = (await outcomes).flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.id] : []));
  expect(accepted.length).toBeGreaterThan(0);

  const second = await startHub(sandbox, { port: first.port });
  expect(natsPid(second)).toBe(nats);
  for (const id of accepted) expect((await second.api.task(id)).state).toBe('queued');
  const again = await Promise.all(
    submissions.map((_, i) => second.api.submit({ title: `task ${i}`, needs: ['nobody'] }, `k${i}`)),
  );
  expect(new Set(again.map(({ id }) => id)).size).toBe(50);
  const { tasks } = await second.api.need<{ tasks: { queued: number } }>('GET', '/stats');
  expect(tasks.queued).toBe(50);
  expect((await second.stop()).code).toBe(0);
});

test('a nats-server killed with -9 is started again, and the hub goes on', async () => {
  const sandbox = testSandbox();
  const hub = await startHub(sandbox);
  const agent = await connectedAgent(hub);
  const attempt = await workingOn(hub, agent);
  const nats = natsPid(hub);
  process.kill(nats, 'SIGKILL');
  await eventually('another nats-server', 20_000, () => natsPid(hub) !== nats || undefined);
  await untilReady(hub.url);
  const { id } = await eventually('an accepted task', 20_000, () => hub.api.submit({ needs: ['nobody'] }, 'again'));
  expect((await hub.api.task(id)).state).toBe('queued');
  const holding = { ...attempt, phase: 'running' };
  const [socket, welcome] = await eventually('the agent', 20_000, () => reconnected(hub, agent.machine, { holding }));
  expect(welcome.holding).toBe('keep');
  await socket.ok(completion(attempt));
  expect((await hub.stop()).code).toBe(0);
});

test('a machine that lost the answer to its enrolment can ask again, whatever was killed meanwhile', async () => {
  const sandbox = testSandbox();
  const hub = await startHub(sandbox);
  const { token } = await hub.api.need<{ token: string }>('POST', '/enrolments', { uses: 1 });
  const body = { token, keyHash: hashOf(newKey()), capabilities: [], host: 'h', os: 'linux' };
  const enrol = (api: HubApi, more: object = {}) =>
    api.call<Record<string, string>>('POST', '/enrol', { ...body, ...more });
  await sendAndLeave(hub.port, JSON.stringify(body));
  const first = await enrol(hub.api);
  expect(first.status).toBe(201);
  expect(first.body.agent).toMatch(/^[a-z0-9-]+$/);
  await hub.kill9();

  const again = await startHub(sandbox, { port: hub.port });
  expect((await enrol(again.api)).body).toEqual(first.body);
  const other = await enrol(again.api, { keyHash: hashOf(newKey()) });
  expect(other).toMatchObject({ status: 401, body: { code: 'enrolment.invalid' } });
  const agents = await again.api.need<{ items: { name: string }[] }>('GET', '/agents');
  expect(agents.items.map(({ name }) => name)).toEqual([first.body.agent]);
  expect((await again.stop()).code).toBe(0);
});

test('settings that are not known are refused by name', async () => {
  const sandbox = testSandbox();
  const child = spawnHub(sandbox, { env: { AGENTCOM_NO_SUCH_SETTING: '1' } });
  expect((await within(child.ended, 20_000, 'the refusal')).code).toBe(64);
  expect(child.tail).toContain('AGENTCOM_NO_SUCH_SETTING');
});

test('without a port to be had it says so and leaves nothing running', async () => {
  const sandbox = testSandbox();
  const first = await startHub(sandbox);
  const second = spawnHub(sandbox, { dataDir: sandbox.path('other'), port: first.port });
  await expect(readyHub(second)).rejects.toThrow(String(first.port));
  expect((await second.ended).code).toBe(1);
  expect(processesOf(sandbox.path('other'))).toEqual([]);
  expect((await first.stop()).code).toBe(0);
});

/** The id of a task that is submitted from beside the hub, under this idempotency key. */
async function submitBeside(sandbox: Sandbox, hub: Hub, key: string): Promise<string> {
  const where = ['--hub', hub.url, '--key-file', hub.keyFile, '--json'];
  const task = ['submit', 'Roof', '--prompt', 'Mend it.', '--needs', 'nobody', '--idempotency-key', key];
  const [program, ...words] = besideContainer(hub.pid, [process.execPath, CLI, ...task, ...where]);
  const child = sandbox.run(program, words);
  await within(child.ended, 20_000, 'the submission');
  const id = /"id": ?"([^"]+)"/.exec(child.tail)?.[1];
  if (id === undefined) throw new Error(child.tail);
  return id;
}

/** Sends an enrolment and breaks the connection before the answer can be read. */
async function sendAndLeave(port: number, body: string): Promise<void> {
  const socket = createConnection({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  const head = [
    'POST /api/v1/enrol HTTP/1.1',
    'Host: localhost',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ];
  socket.pause();
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
  await once(socket, 'close');
}

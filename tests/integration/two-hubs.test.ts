// Two hubs on one journal: one leads, the other waits; the lead passes on when the leader falls silent or leaves, and nothing is lost.

import { readdirSync } from 'node:fs';
import { startTestServer, type TestServer } from '@agentcom/hub/nats/testing';
import { expect, onTestFinished, test } from 'vitest';
import { type Answer, HubApi, type Problem } from '../support/api.js';
import { type Hub, readyHub, spawnHub, startHub, untilReady } from '../support/hub.js';
import { completion, connectedAgent, reconnected, workingOn } from '../support/on-hub.js';
import type { Sandbox } from '../support/sandbox.js';
import { testSandbox } from '../support/test-sandbox.js';
import { eventually, within } from '../support/wait.js';

const SUBMISSIONS = 60;

test('the second waits, takes over when the first falls silent, and the first follows when it wakes', {
  timeout: 120_000,
}, async () => {
  const { sandbox, nats } = await oneJournal();
  const first = await startHub(sandbox, on(nats, sandbox, 'first'));
  const second = await readyHub(spawnHub(sandbox, on(nats, sandbox, 'second')));
  expect((await fetch(`${second.url}/readyz`)).status).toBe(503);
  for (const { url } of [first, second]) expect((await fetch(`${url}/readyz?role=any`)).status).toBe(200);
  // It would be good nowhere.
  expect([second.ready.keyFile, readdirSync(second.dataDir).filter((name) => name.endsWith('.key'))]).toEqual([
    undefined,
    [],
  ]);
  expect(await new HubApi(second.url, first.key).call('POST', '/tasks', { title: 't', prompt: 'p' })).toMatchObject({
    status: 503,
    body: { code: 'hub.not_leader' },
  });

  const agent = await connectedAgent(first);
  const attempt = await workingOn(first, agent);
  const before = await first.api.submit({ title: 'before', needs: ['nobody'] });
  // Some of these are being decided or appended when the leader freezes.
  const asked = Array.from({ length: SUBMISSIONS }, (_, i) => submit(first.api, i));
  await Promise.race(asked);
  first.child.signal('SIGSTOP');

  await untilReady(second.url);
  await new HubApi(second.url, second.key).need('GET', '/stats');
  const atSecond = new HubApi(second.url, first.key);
  expect((await atSecond.task(before.id)).state).toBe('queued');
  const holding = { ...attempt, phase: 'running' };
  const [moved, welcome] = await reconnected(second, agent.machine, { holding });
  expect(welcome.holding).toBe('keep');
  await moved.ok(completion(attempt));
  const ids = await Promise.all(asked.map((_, i) => accepted(atSecond, i)));
  expect(new Set(ids).size).toBe(SUBMISSIONS);

  first.child.signal('SIGCONT');
  expect((await within(agent.closed, 30_000, 'the closing at the woken hub')).code).toBe(1012);
  const answers = await Promise.all(asked);
  for (const [i, answer] of answers.entries()) {
    if (answer?.status === 201 || answer?.status === 200) expect(answer.body.id).toBe(ids[i]);
    else if (answer !== null) expect(answer.status, JSON.stringify(answer.body)).toBe(503);
  }
  await eventually('the first hub follows', 30_000, async () => {
    const answer = await first.api.call<Problem>('POST', '/tasks', { title: 't', prompt: 'p' });
    if (answer.status === 201) throw new Error('two hubs take tasks');
    return answer.body.code === 'hub.not_leader' || undefined;
  });
  const { tasks } = await atSecond.need<{ tasks: Record<string, number> }>('GET', '/stats');
  expect(tasks).toMatchObject({ queued: SUBMISSIONS + 1, completed: 1 });

  // A leader that leaves says so, and need not be waited for.
  expect((await second.stop()).code).toBe(0);
  await untilReady(first.url);
  expect((await first.api.task(attempt.task)).state).toBe('completed');
  expect((await Promise.all(ids.map((id) => first.api.task(id)))).every(({ state }) => state === 'queued')).toBe(true);
  expect((await first.stop()).code).toBe(0);
});

test('a hub that follows answers reads, as far as it is asked to know, and says where writes go', {
  timeout: 60_000,
}, async () => {
  const { sandbox, nats } = await oneJournal();
  const first = await startHub(sandbox, on(nats, sandbox, 'first'));
  const second = await readyHub(spawnHub(sandbox, on(nats, sandbox, 'second')));
  const follower = new HubApi(second.url, first.key);
  const body = { title: 't', prompt: 'p', needs: ['nobody'] };
  for (let i = 0; i < 20; i++) {
    const submitted = await first.api.call<{ id: string }>('POST', '/tasks', body);
    const minSeq = submitted.headers.get('agentcom-seq') ?? '';
    const read = await follower.call('GET', `/tasks/${submitted.body.id}?minSeq=${minSeq}`);
    expect(read).toMatchObject({ status: 200, body: { state: 'queued' } });
    expect(Number(read.headers.get('agentcom-seq'))).toBeGreaterThanOrEqual(Number(minSeq));
  }
  const { id } = await first.api.submit({ needs: ['nobody'] });
  const waiting = follower.call('GET', `/tasks/${id}?ifNot=queued&waitSeconds=10`);
  const refused = await follower.call<Problem>('POST', `/tasks/${id}/cancel`, {});
  expect(refused).toMatchObject({ status: 503, body: { code: 'hub.not_leader', leader: first.url } });
  const leader = new HubApi(String(refused.body.leader), first.key);
  expect((await leader.call('POST', `/tasks/${id}/cancel`, {})).status).toBe(200);
  expect((await waiting).body).toMatchObject({ state: 'cancelled' });

  const ahead = await follower.call('GET', '/stats?minSeq=999999999');
  expect(ahead).toMatchObject({ status: 503, body: { code: 'hub.behind' } });
  expect(ahead.headers.get('retry-after')).toBe('1');
  expect((await second.stop()).code).toBe(0);
  expect((await first.stop()).code).toBe(0);
});

test('when the leader is killed the other takes over and has everything', { timeout: 120_000 }, async () => {
  const { sandbox, nats } = await oneJournal();
  const first = await startHub(sandbox, on(nats, sandbox, 'first'));
  const { key } = first;
  const second = await readyHub(spawnHub(sandbox, on(nats, sandbox, 'second')));
  const asked = Array.from({ length: SUBMISSIONS }, (_, i) => submit(first.api, i));
  await Promise.race(asked);
  await first.kill9();
  const answers = await Promise.all(asked);
  await untilReady(second.url);
  const api = new HubApi(second.url, key);
  for (const answer of answers)
    if (answer?.status === 201 || answer?.status === 200) expect((await api.task(answer.body.id)).state).toBe('queued');
  expect((await second.stop()).code).toBe(0);
});

test('hubs of different namespaces share a NATS server and nothing else', async () => {
  const { sandbox, nats } = await oneJournal();
  const [one, other] = (await Promise.all(
    ['one', 'other'].map((name) =>
      startHub(sandbox, { ...on(nats, sandbox, name), args: ['--nats', nats.url, '--namespace', name] }),
    ),
  )) as [Hub, Hub];
  const { id } = await one.api.submit({ needs: ['nobody'] });
  expect((await other.api.call('GET', `/tasks/${id}`)).status).toBe(404);
  expect((await new HubApi(other.url, one.key).call('GET', '/stats')).status).toBe(401);
  expect((await one.stop()).code).toBe(0);
  expect((await other.stop()).code).toBe(0);
});

async function oneJournal(): Promise<{ sandbox: Sandbox; nats: TestServer }> {
  const sandbox = testSandbox();
  const nats = await startTestServer();
  onTestFinished(() => nats.stop());
  return { sandbox, nats };
}

function on(nats: TestServer, sandbox: Sandbox, name: string) {
  const env = { AGENTCOM_NATS_USER: nats.user, AGENTCOM_NATS_PASSWORD: nats.password };
  return { dataDir: sandbox.path(name), args: ['--nats', nats.url], env };
}

/** Null when the connection broke. */
function submit(api: HubApi, i: number): Promise<Answer<Problem & { id: string }> | null> {
  const body = { title: `task ${i}`, prompt: 'p', needs: ['nobody'] };
  return api
    .call<Problem & { id: string }>('POST', '/tasks', body, { 'idempotency-key': `key-${i}` })
    .catch(() => null);
}

/** The id of the i-th task, asked for until it is accepted. */
function accepted(api: HubApi, i: number): Promise<string> {
  return eventually(`the acceptance of task ${i}`, 30_000, async () => {
    const answer = await submit(api, i);
    return answer?.status === 201 || answer?.status === 200 ? answer.body.id : undefined;
  });
}

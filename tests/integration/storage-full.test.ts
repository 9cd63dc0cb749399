// A disk without room under the journal, and one that is about to have none: refused by name, nothing acknowledged is lost.

import { expect, test } from 'vitest';
import type { Problem } from '../support/api.js';
import { CLI } from '../support/cli.js';
import { type Hub, startHub } from '../support/hub.js';
import { natsPid } from '../support/nats-process.js';
import { completion, connectedAgent, offerOf, reconnected, workingOn } from '../support/on-hub.js';
import { largestFileBytes, limitFileSize, send, submission, submitEach } from '../support/store-faults.js';
import { testSandbox } from '../support/test-sandbox.js';
import { eventually } from '../support/wait.js';

/** What a full disk may be answered with. */
const REFUSED = ['hub.outcome_unknown', 'hub.recovering'];
/** nats-server 2.15.1 writes again only once the hub has started it anew. */
const RECOVERY_TIMEOUT_MS = 60_000;
const ROOM_BYTES = 16 * 1024;
const PROMPT_BYTES = 1_800;
const TEBIBYTE = 1024 ** 4;
/** In the same words wherever it is said, but for the room that is left at that time. */
const LITTLE_ROOM = /the disk with the hub's data is nearly full \(\d+ MiB free\); no new tasks are accepted/;

test('no room under the journal: refused by name, nothing acknowledged is lost, and the hub goes on once there is room', async () => {
  const sandbox = testSandbox();
  const hub = await startHub(sandbox);
  const agent = await connectedAgent(hub);
  const attempt = await workingOn(hub, agent);
  const accepted = new Map<string, string>();
  for (const [i, id] of (await submitEach(hub.api, 5, 'before')).entries()) accepted.set(`before-${i}.`, id);
  // The hub too, so that a nats-server that it starts anew meanwhile has no more room.
  const full = largestFileBytes(hub.dataDir) + ROOM_BYTES;
  for (const pid of [hub.pid, natsPid(hub)]) limitFileSize(pid, full);

  const codes = new Set<string>();
  const sent = [];
  const isReady = async () => (await fetch(`${hub.url}/readyz`)).status === 200;
  for (let i = 0; i < 60 && (!codes.has('hub.recovering') || (await isReady())); i++) {
    const one = submission(`full-${i}.`, PROMPT_BYTES);
    sent.push(one);
    const answer = await send(hub.api, one);
    if (answer.status === 201) accepted.set(one.key, answer.body.id);
    else {
      expect(REFUSED).toContain(answer.body.code);
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
      codes.add(answer.body.code);
    }
  }
  // Whether a submission or an append of the hub itself is the first without room is chance.
  expect([...codes]).toContain('hub.recovering');
  await expect.poll(isReady, { timeout: RECOVERY_TIMEOUT_MS }).toBe(false);
  expect((await fetch(`${hub.url}/livez`)).status).toBe(200);
  expect(hub.child.hasEnded).toBe(false);

  await eventually('an end of the limit', 20_000, () => {
    for (const pid of [hub.pid, natsPid(hub)]) limitFileSize(pid, null);
    return true;
  });
  // The hub may have been ready with the little room there was, and have begun an append that fails only now: what it is sent counts.
  await eventually('a submission with room', RECOVERY_TIMEOUT_MS, async () => {
    const { status, body } = await send(hub.api, submission('room.'));
    if (status === 503) throw new Error(body.code);
    accepted.set('room.', body.id);
    return true;
  });
  for (const one of sent) {
    const [first, second] = [await send(hub.api, one), await send(hub.api, one)];
    // What was accepted or only seemed lost is repeated now.
    expect([200, 201], one.key).toContain(first.status);
    expect(second).toMatchObject({ status: 200, body: { repeated: true } });
    expect(second.body.id).toBe(first.body.id);
    if (accepted.has(one.key)) expect(first.body.id).toBe(accepted.get(one.key));
    accepted.set(one.key, first.body.id);
  }
  for (const id of accepted.values()) expect((await hub.api.task(id)).state).toBe('queued');
  const { tasks } = await hub.api.need<{ tasks: { queued: number } }>('GET', '/stats');
  expect(tasks.queued).toBe(accepted.size);
  expect((await hub.api.task(attempt.task)).generation).toBe(attempt.generation);
  expect((await hub.stop()).code).toBe(0);

  const again = await startHub(sandbox);
  for (const id of accepted.values()) expect((await again.api.task(id)).state).toBe('queued');
  expect((await again.stop()).code).toBe(0);
});

test('little room: new tasks are refused by name while what is begun goes on', async () => {
  const sandbox = testSandbox();
  const first = await startHub(sandbox);
  const machine = await first.api.enrol('worker');
  const [agent] = await reconnected(first, machine, { capabilities: ['tidying'] });
  const { id } = await first.api.submit({ needs: ['tidying'] });
  const attempt = await offerOf(agent, id);
  await agent.ok({ type: 'task.accept', ...attempt });
  const queued = await first.api.submit({ needs: ['tidying'] });
  expect((await health(first)).status).toBe('healthy');
  expect((await first.stop()).code).toBe(0);

  const hub = await startHub(sandbox, { env: { AGENTCOM_LOW_DISK_BYTES: String(TEBIBYTE) } });
  const refused = await hub.api.call<Problem>(
    'POST',
    '/tasks',
    { title: 't', prompt: 'p' },
    { 'idempotency-key': 'k' },
  );
  expect(refused).toMatchObject({ status: 503, body: { code: 'hub.low_disk' } });
  expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  const { status, reasons } = await health(hub);
  expect(status).toBe('degraded');
  expect(reasons.map(({ code }) => code)).toEqual(['low_disk']);
  expect((await fetch(`${hub.url}/readyz`)).status).toBe(200);
  for (const said of [reasons[0]?.message, refused.body.detail]) expect(said).toMatch(LITTLE_ROOM);

  const holding = { ...attempt, phase: 'running' };
  const [again, welcome] = await reconnected(hub, machine, { capabilities: ['tidying'], holding });
  expect(welcome.holding).toBe('keep');
  const frame = await again.request({ type: 'task.submit', idempotencyKey: 'k2', title: 't', prompt: 'p' });
  expect(frame).toMatchObject({ type: 'error', code: 'hub.low_disk', retryable: true });
  await again.ok({ type: 'task.progress', ...attempt, seq: 1, note: 'half way', fraction: 0.5 });
  await again.ok(completion(attempt, 2));
  expect((await hub.api.task(id)).state).toBe('completed');
  const next = await offerOf(again, queued.id);
  await again.ok({ type: 'task.accept', ...next });
  await again.ok(completion(next));
  expect((await hub.api.task(queued.id)).state).toBe('completed');
  expect((await hub.stop()).code).toBe(0);

  const roomy = await startHub(sandbox);
  expect((await roomy.api.submit({}, 'k')).state).toBe('queued');
  expect((await health(roomy)).status).toBe('healthy');
  expect((await roomy.stop()).code).toBe(0);
});

test('little room: `up` and its log say so', async () => {
  const sandbox = testSandbox();
  const env = { AGENTCOM_LOW_DISK_BYTES: String(TEBIBYTE) };
  const hub = sandbox.run(process.execPath, [CLI, 'up', '--port', '0', '--data-dir', sandbox.path('hub')], { env });
  const inLogAndAtTerminal = new RegExp(`"msg":"${LITTLE_ROOM.source}"[^]*warning: ${LITTLE_ROOM.source}\\.`);
  await eventually('the words', 30_000, () => {
    if (inLogAndAtTerminal.test(hub.tail)) return true;
    throw new Error(hub.tail);
  });
  expect((await hub.stop()).code).toBe(0);
});

interface Health {
  readonly status: string;
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
}

async function health(hub: Hub): Promise<Health> {
  return (await (await fetch(`${hub.url}/healthz`)).json()) as Health;
}

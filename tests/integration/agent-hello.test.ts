// Connections to the agent socket and what a hello meets, spoken by a raw client to a real hub.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { AgentSocket } from '../support/agent-socket.js';
import { type Hub, startHub } from '../support/hub.js';
import {
  assignedTo,
  completion,
  connectedAgent,
  failure,
  offerOf,
  question,
  reconnected,
  workingOn,
} from '../support/on-hub.js';
import { Sandbox } from '../support/sandbox.js';
import { within } from '../support/wait.js';

const sandbox = new Sandbox();
let hub: Hub;

beforeAll(async () => {
  hub = await startHub(sandbox, {
    tasks: {
      acceptTimeoutSeconds: 3,
      offlineGraceSeconds: 2,
      stopGraceSeconds: 3,
      retryBaseSeconds: 3600,
      retryCapSeconds: 3600,
    },
  });
});

afterAll(async () => {
  await hub?.stop();
  expect(await sandbox.close()).toEqual([]);
});

describe('hello meets', () => {
  test('an offer, with nothing held: the offer is sent again', async () => {
    const agent = await connectedAgent(hub);
    const attempt = await assignedTo(hub, agent);
    await agent.cut();
    const [again, welcome] = await reconnected(hub, agent.machine);
    expect(welcome.holding).toBeNull();
    expect(await offerOf(again, attempt.task)).toEqual(attempt);
  });

  test('accepted work, with nothing held: the attempt is lost', async () => {
    const agent = await connectedAgent(hub);
    const { task } = await workingOn(hub, agent);
    await agent.cut();
    const [, welcome] = await reconnected(hub, agent.machine);
    expect(welcome.holding).toBeNull();
    const view = await hub.api.taskIn(task, ['scheduled']);
    expect(view.reason).toBe('backoff');
    expect(view.attempts.at(-1)?.error?.class).toBe('lost');
    expect(view.attemptsUsed).toBe(1);
  });

  test('a question, with nothing held: the attempt is lost', async () => {
    const agent = await connectedAgent(hub);
    const attempt = await workingOn(hub, agent);
    await agent.ok(question(attempt));
    await agent.cut();
    const [, welcome] = await reconnected(hub, agent.machine);
    expect(welcome.holding).toBeNull();
    const view = await hub.api.taskIn(attempt.task, ['scheduled']);
    expect(view.attempts.at(-1)?.error?.class).toBe('lost');
  });

  test('the same live attempt: it is kept and can be completed', async () => {
    const agent = await connectedAgent(hub);
    const attempt = await workingOn(hub, agent);
    await agent.cut();
    const [again, welcome] = await reconnected(hub, agent.machine, { holding: { ...attempt, phase: 'running' } });
    expect(welcome.holding).toBe('keep');
    await again.ok(completion(attempt));
    expect((await hub.api.task(attempt.task)).state).toBe('completed');
  });

  test('a sidecar that waits for an answer whose question is still to come: it is kept, and can ask', async () => {
    const agent = await connectedAgent(hub);
    const attempt = await workingOn(hub, agent);
    await agent.cut();
    const [again, welcome] = await reconnected(hub, agent.machine, { holding: { ...attempt, phase: 'blocked' } });
    expect(welcome.holding).toBe('keep');
    await again.ok(question(attempt));
    expect((await hub.api.task(attempt.task)).state).toBe('blocked');
  });

  test('an answer given meanwhile: kept, and the answer is sent again until it is confirmed', async () => {
    const agent = await connectedAgent(hub);
    const attempt = await workingOn(hub, agent);
    await agent.ok(question(attempt));
    await agent.cut();
    await hub.api.need('POST', `/tasks/${attempt.task}/answer`, { answer: 'Left.' });
    const [again, welcome] = await reconnected(hub, agent.machine, { holding: { ...attempt, phase: 'blocked' } });
    expect(welcome.holding).toBe('keep');
    expect(await again.ofType('task.answer')).toMatchObject({ ...attempt, questionId: 'q1', answer: 'Left.' });
    await again.ok({ type: 'task.answered', ...attempt, questionId: 'q1' });
    await again.cut();
    const [third] = await reconnected(hub, agent.machine, { holding: { ...attempt, phase: 'running' } });
    await third.ok(completion(attempt, 2));
    expect(third.unread.map(({ type }) => type)).not.toContain('task.answer');
  });

  test('a cancel given meanwhile: kept, and the cancel is sent again', async () => {
    const agent = await connectedAgent(hub);
    const attempt = await workingOn(hub, agent);
    await agent.cut();
    await hub.api.need('POST', `/tasks/${attempt.task}/cancel`, { reason: 'not needed' });
    const [again, welcome] = await reconnected(hub, agent.machine, { holding: { ...attempt, phase: 'running' } });
    expect(welcome.holding).toBe('keep');
    expect(await again.ofType('task.cancel')).toMatchObject(attempt);
    await again.ok({ type: 'task.stopped', ...attempt });
    const next = await workingOn(hub, again);
    await again.ok(completion(next));
  });

  test('an attempt given up as lost and not offered since: kept, and it goes on', async () => {
    const agent = await connectedAgent(hub);
    const attempt = await workingOn(hub, agent);
    await agent.cut();
    await hub.api.taskIn(attempt.task, ['scheduled']);
    const [again, welcome] = await reconnected(hub, agent.machine, { holding: { ...attempt, phase: 'running' } });
    expect(welcome.holding).toBe('keep');
    expect((await hub.api.task(attempt.task)).state).toBe('working');
    await again.ok(completion(attempt));
    expect((await hub.api.task(attempt.task)).state).toBe('completed');
  });

  test.each(['complete', 'fail'])('an attempt that ended by its own %s: confirmed', async (how) => {
    const agent = await connectedAgent(hub);
    const attempt = await workingOn(hub, agent);
    await agent.ok(how === 'complete' ? completion(attempt) : failure(attempt, 'transient'));
    await agent.cut();
    const [, welcome] = await reconnected(hub, agent.machine, { holding: { ...attempt, phase: 'reporting' } });
    expect(welcome.holding).toBe('confirmed');
  });

  test('an attempt that was given to another agent since: dropped, and its reports are stale', async () => {
    const [one, other] = [await connectedAgent(hub), await connectedAgent(hub)];
    const attempt = await workingOn(hub, one);
    await one.cut();
    await hub.api.taskIn(attempt.task, ['scheduled']);
    const capabilities = [other.machine.name, one.machine.name];
    await other.cut();
    const second = await AgentSocket.join(hub.url, other.machine, { capabilities });
    await hub.api.need('POST', `/tasks/${attempt.task}/retry`, {});
    const newer = await offerOf(second, attempt.task);
    expect(newer.generation).toBe(attempt.generation + 1);
    const [again, welcome] = await reconnected(hub, one.machine, { holding: { ...attempt, phase: 'running' } });
    expect(welcome.holding).toBe('drop');
    expect(await again.request(completion(attempt))).toMatchObject({ type: 'error', code: 'task.stale_generation' });
    await second.ok({ type: 'task.accept', ...newer });
    await second.ok(completion(newer));
  });

  test('a task that nobody knows: dropped, and the agent gets work once it has stopped', async () => {
    const agent = await connectedAgent(hub);
    await agent.cut();
    const holding = { task: '01890000-0000-7000-8000-000000000000', generation: 3, phase: 'running' };
    const [again, welcome] = await reconnected(hub, agent.machine, { holding });
    expect(welcome.holding).toBe('drop');
    await again.ok({ type: 'task.stopped', task: holding.task, generation: 3, salvageRef: 'refs/agentcom/salvage/x' });
    await again.ok(completion(await workingOn(hub, again)));
  });
});

describe('the connection', () => {
  test('of a sidecar that is older than the hub is told so, and let in', async () => {
    const machine = await hub.api.enrol('old-timer');
    const socket = await AgentSocket.open(hub.url, machine);
    const welcome = await socket.hello({ version: '0.0.9' });
    expect(welcome.notice).toContain('0.0.9');
    expect((await hub.api.agent(machine.name)).outdated).toBe(true);
    const [, again] = await reconnected(hub, machine, { version: '99.0.0' });
    expect(again.notice).toBeUndefined();
    expect((await hub.api.agent(machine.name)).outdated).toBeUndefined();
  });

  test('a second one replaces the first, which is closed with 4001 and told why', async () => {
    const agent = await connectedAgent(hub);
    const [again] = await reconnected(hub, agent.machine);
    const closed = await within(agent.closed, 30_000, 'the replaced connection');
    expect(closed.code).toBe(4001);
    expect(closed.reason).not.toBe('');
    expect(agent.unread.at(-1)).toMatchObject({ type: 'error', code: 'agent.replaced', retryAfterMs: 60_000 });
    await again.ok(completion(await workingOn(hub, again)));
  });

  test('of a removed agent is dismissed and closed with 4003, and its key opens nothing more', async () => {
    const agent = await connectedAgent(hub);
    expect((await hub.api.call('DELETE', `/agents/${agent.machine.name}`)).status).toBe(204);
    await agent.ofType('agent.dismiss');
    expect((await within(agent.closed, 30_000, 'the dismissed connection')).code).toBe(4003);
    await expect(AgentSocket.open(hub.url, agent.machine)).rejects.toThrow('401');
    expect((await hub.api.call('GET', `/agents/${agent.machine.name}`)).status).toBe(404);
  });

  test('that names another agent in its hello is closed with 4003', async () => {
    const machine = await hub.api.enrol('impostor');
    const socket = await AgentSocket.open(hub.url, { ...machine, name: 'somebody-else' });
    await expect(socket.hello()).rejects.toThrow('auth.forbidden');
    expect((await within(socket.closed, 30_000, 'the closing')).code).toBe(4003);
  });

  test.each([
    ['without a key', {}, 401],
    ['with an unknown key', { authorization: `Bearer ac_${'x'.repeat(43)}` }, 401],
    ['with the owner key', 'owner', 403],
  ])('is refused %s', async (_name, headers, status) => {
    const sent = headers === 'owner' ? { authorization: `Bearer ${hub.key}` } : headers;
    expect(await handshakeStatus(sent, 'agentcom.v1')).toBe(status);
  });

  test('is refused without the subprotocol', async () => {
    const { key } = await hub.api.enrol('speaks-another');
    expect(await handshakeStatus({ authorization: `Bearer ${key}` }, 'agentcom.v9')).toBe(400);
  });

  test('must begin with a hello', async () => {
    const socket = await AgentSocket.open(hub.url, await hub.api.enrol('impatient'));
    const answer = await socket.request({ type: 'agents.list' });
    expect(answer).toMatchObject({ type: 'error', code: 'protocol.hello_required', retryable: false });
    expect((await within(socket.closed, 30_000, 'the closing')).code).toBe(4000);
  });

  test('is closed with 1009 for a frame that is too large, and takes the largest that is not', async () => {
    const agent = await connectedAgent(hub);
    const largest = JSON.stringify({ type: 'heartbeat', id: 'largest' }).padEnd(256 * 1024, ' ');
    agent.sendRaw(largest);
    expect((await agent.next((frame) => frame.re === 'largest')).type).toBe('ok');
    agent.sendRaw(`${largest} `);
    expect((await within(agent.closed, 30_000, 'the closing')).code).toBe(1009);
  });

  test('is closed with 4000 for a binary frame', async () => {
    const agent = await connectedAgent(hub);
    agent.sendRaw(Buffer.from('{"type":"heartbeat"}'), true);
    expect((await within(agent.closed, 30_000, 'the closing')).code).toBe(4000);
  });

  test('is closed with 4008 and told how long to stay away after too many bad frames', async () => {
    const agent = await connectedAgent(hub);
    for (let i = 0; i < 150; i++) agent.sendRaw('no JSON');
    const closed = await within(agent.closed, 30_000, 'the closing');
    expect(closed.code).toBe(4008);
    const last = agent.unread.at(-1);
    expect(last).toMatchObject({ type: 'error', code: 'rate.limited', retryable: true, retryAfterMs: 60_000 });
    expect(last).not.toHaveProperty('re');
  });

  test('that goes on after its violations costs the others nothing', async () => {
    const [flooder, other] = [await connectedAgent(hub), await connectedAgent(hub)];
    const flood = (): void => {
      for (let i = 0; i < 100_000; i++) flooder.sendRaw('no JSON');
    };
    flood();
    await other.ok(completion(await workingOn(hub, other)));
    await within(flooder.closed, 120_000, 'the closing');
    await expect(AgentSocket.open(hub.url, flooder.machine)).rejects.toThrow('429');
  });
});

function handshakeStatus(headers: Record<string, string>, subprotocol: string): Promise<number> {
  const socket = new WebSocket(`${hub.url.replace('http', 'ws')}/ws/agent`, subprotocol, { headers });
  const answered = new Promise<number>((resolve, reject) => {
    socket.once('unexpected-response', (request, response) => {
      resolve(response.statusCode ?? 0);
      request.destroy();
    });
    socket.once('open', () => reject(new Error('it was let in')));
    socket.on('error', () => undefined);
  });
  return within(answered, 30_000, 'the answer to the handshake');
}

// Every route and every frame of the documents, driven on a real hub: what it answers is what they say.
// Long because it walks through all of them, in an order in which there is what each one needs.

import { createHash, randomUUID } from 'node:crypto';
import { codeOf } from '@agentcom/hub/access/second-factor';
import { salvageRefOf } from '@agentcom/schemas';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { validBodies, validFrames } from '../fixtures/valid-input.js';
import { AgentSocket, type Frame } from '../support/agent-socket.js';
import { hashOf, newKey } from '../support/api.js';
import { Contract } from '../support/contract.js';
import { type Hub, startHub } from '../support/hub.js';
import { type Attempt, completion, failure, offerOf, question } from '../support/on-hub.js';
import { Sandbox } from '../support/sandbox.js';
import { eventually } from '../support/wait.js';
import { startWebHook } from '../support/web-hook.js';

const sandbox = new Sandbox();
let hub: Hub;
let contract: Contract;
/** Everything that the hub said to the agent, and the agent to the hub. */
const heard: Frame[] = [];
const said = new Map<string, Record<string, unknown>>();
let agent: AgentSocket;

beforeAll(async () => {
  hub = await startHub(sandbox);
  const document = (name: string) => hub.api.need('GET', `/${name}.json`);
  contract = new Contract(await document('openapi'), await document('asyncapi'));
  agent = await AgentSocket.open(hub.url, await hub.api.enrol('worker'), (frame) => heard.push(frame));
  await agent.hello({ capabilities: ['worker'] });
});

afterAll(async () => {
  await hub?.stop();
  expect(await sandbox.close()).toEqual([]);
});

interface Call {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly key?: string;
  /** Of a session, from a page of the hub. */
  readonly cookie?: string;
}

async function call<T>(
  id: string,
  { path = {}, query = '', body, headers = {}, cookie, key = cookie === undefined ? hub.key : '' }: Call = {},
): Promise<T> {
  const operation = contract.operations.find((one) => one.id === id);
  if (operation === undefined) throw new Error(`no operation ${id}`);
  const url = operation.path.replace(/\{([a-z]+)\}/g, (_, name: string) => path[name] ?? 'nobody');
  const response = await fetch(`${hub.url}${url}${query}`, {
    method: operation.method,
    headers: {
      ...(key !== '' && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(cookie !== undefined && { cookie, origin: hub.url }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const kept = response.clone();
  expect(await contract.answerFaults(id, response)).toEqual([]);
  if (response.ok) answered.add(id);
  lastCookie = response.headers.get('set-cookie')?.split(';')[0] ?? lastCookie;
  const text = await kept.text();
  return (kept.headers.get('content-type')?.includes('json') ? JSON.parse(text) : { text, status: kept.status }) as T;
}

/** That of the session that was begun last. */
let lastCookie = '';

/** Operations that have been answered as when all is well. */
const answered = new Set<string>();

async function ok(frame: Record<string, unknown>): Promise<Frame> {
  said.set(String(frame.type), { id: 'r', ...frame });
  return agent.ok(frame);
}

function tell(frame: Record<string, unknown>): void {
  said.set(String(frame.type), frame);
  agent.send(frame);
}

async function submitted(more: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const body = { title: 'A task', prompt: 'Do it.', needs: ['worker'], ...more };
  return (await call<{ id: string }>('task.submit', { body })).id;
}

async function working(id?: string): Promise<Attempt> {
  const attempt = await offerOf(agent, id ?? (await submitted()));
  await ok({ type: 'task.accept', ...attempt });
  return attempt;
}

/** With work that is kept, or without. */
async function dead(hasWork = false): Promise<Attempt> {
  const repo = { url: 'https://example.org/shop.git' };
  const attempt = await working(await submitted(hasWork ? { repo } : {}));
  const kept = hasWork ? { salvageRef: salvageRefOf({ ...attempt, agent: 'worker' }) } : {};
  await ok({ ...failure(attempt, 'permanent'), ...kept });
  return attempt;
}

const DIFF = 'diff --git a/b.ts b/b.ts\nnew file mode 100644\n--- /dev/null\n+++ b/b.ts\n@@ -0,0 +1 @@\n+b\n';

async function diffSent(attempt: Attempt): Promise<void> {
  const about = { ...attempt, digest: createHash('sha256').update(DIFF).digest('hex') };
  await ok({ type: 'task.diff.part', ...about, part: 1, data: DIFF });
  const facts = { base: 'a'.repeat(40), files: 1, added: 1, removed: 0 };
  const items = [{ path: 'b.ts', status: 'added', added: 1, removed: 0 }];
  await ok({ type: 'task.diff', ...about, parts: 1, stage: 'working', ...facts, items });
}

const at = ({ task }: Attempt) => ({ path: { id: task } });

test('tasks', async () => {
  const attempt = await working();
  tell({ type: 'task.output', ...attempt, outputSeq: 1, stream: 'stdout', data: 'hello\n' });
  await agent.ofType('task.output.ack');
  await ok({ type: 'task.progress', ...attempt, seq: 1, note: 'half', fraction: 0.5 });
  await ok(question(attempt, 'q1', 2));
  await call('task.answer', { ...at(attempt), body: { questionId: 'q1', answer: 'Left.' } });
  await agent.ofType('task.answer');
  await ok({ type: 'task.answered', ...attempt, questionId: 'q1' });
  await ok({ ...completion(attempt, 3), outputSeq: 1 });
  await call('task.list', { query: '?limit=5' });
  for (const id of ['task.show', 'task.why', 'task.output', 'task.lines']) await call(id, at(attempt));
  await call('task.output', { ...at(attempt), headers: { accept: 'text/plain' } });
  await call('task.output', { ...at(attempt), query: '?follow=1' });

  const changing = await working(await submitted({ repo: { url: 'https://example.org/shop.git' } }));
  const looked = call<{ text: string }>('task.diff', at(changing));
  await agent.ofType('task.diff.request');
  await diffSent(changing);
  expect((await looked).text).toBe(DIFF);
  await call('task.diff', { ...at(changing), headers: { accept: 'text/x-diff' } });
  const comments = [{ file: 'b.ts', line: 1, text: 'Why?' }];
  await call('task.comment', { ...at(changing), body: { comments } });
  await ok(completion(changing));
  const next = await call<{ task: string }>('task.comment', { ...at(changing), body: { comments, as: 'task' } });
  await ok(completion(await working(next.task)));

  const stopped = await working();
  await call('task.cancel', { ...at(stopped), body: { reason: 'not needed' } });
  await agent.ofType('task.cancel');
  await ok({ type: 'task.stopped', ...stopped });
  const declined = await offerOf(agent, await submitted());
  await ok({ type: 'task.reject', ...declined, reason: 'no space' });
  await call('task.cancel', { ...at(declined), body: {} });

  const failed = await dead();
  await call('task.retry', { ...at(failed), body: {} });
  await ok(completion(await working(failed.task)));
  const kept = await dead(true);
  await call('task.push', { ...at(kept), body: {} });
  await ok(completion(await working(kept.task)));
});

test('dead letters', async () => {
  const one = await dead();
  await call('dead.list');
  await call('dead.requeue', { ...at(one), body: {} });
  await ok(completion(await working(one.task)));
  await call('dead.discard', { ...at(await dead()), body: {} });
  const many = await dead();
  await call('dead.requeueMany', { body: { code: 'test.failed' } });
  await ok(completion(await working(many.task)));
  const again = await dead();
  await call('task.act', { body: { action: 'requeue', code: 'test.failed', dryRun: true } });
  const { id: moved } = await call<{ id: string }>('task.act', {
    body: { action: 'lane', to: 'up', tasks: [again.task] },
  });
  await hub.api.operationEnd(moved);
  await call('operation.undo', { path: { id: moved }, body: {} });
  const { id } = await call<{ id: string }>('task.act', { body: { action: 'discard', tasks: [again.task] } });
  expect(await hub.api.operationEnd(id)).toMatchObject({ state: 'done', tasks: { changed: 1 } });
  await call('operation.show', { path: { id } });
  await call('operation.stop', { path: { id }, body: {} });
});

test('keys, config, backups, and the hub itself', async () => {
  const made = await call<{ id: string }>('key.create', { body: { role: 'viewer', name: 'v' } });
  const { id, key } = await call<{ id: string; key: string }>('key.rotate', { path: { id: made.id }, body: {} });
  await call('key.list');
  await call('stats', { key });
  await call('stats.current', { key });
  await call('costs', { query: '?by=repo&by=label:team&from=2026-01-01' });
  await call('costs', { headers: { accept: 'text/csv' } });
  await call('task.estimate', { body: { repo: { url: 'https://example.org/shop.git' } } });
  await call('key.revoke', { path: { id } });
  await call('config.show');
  await call('config.change', { body: { tasks: { maxOffers: 7 } } });
  const { id: backup } = await call<{ id: string }>('backup.create', { body: {} });
  const { backup: file = '' } = await hub.api.operationEnd(backup);
  await call('operation.show', { path: { id: backup } });
  await call('operation.stop', { path: { id: backup }, body: {} });
  await call('operation.list');
  await call('backup.list');
  await call('backup.verify', { path: { id: file }, body: { drill: true } });
  const compaction = await call<{ id: string }>('compaction.create', { body: {} });
  expect(await hub.api.operationEnd(compaction.id)).toMatchObject({ state: 'done' });
  await call('operation.show', { path: { id: compaction.id } });
  await call('schema.list');
  await call('schema.show', { path: { name: 'TaskSpec' } });
  for (const { id: open } of contract.operations.filter(({ needsKey }) => !needsKey)) {
    if (open !== 'enrol') await call(open, { key: '' });
  }
  const { headers } = await fetch(`${hub.url}/join/agentcom.mjs`, { method: 'HEAD' });
  const again = { key: '', headers: { 'if-none-match': headers.get('etag') ?? '' } };
  expect(await call('join.bundle', again)).toMatchObject({ status: 304 });
  for (const open of ['openapi', 'asyncapi', 'metrics']) await call(open);
});

test('who is told', async () => {
  const hook = await startWebHook();
  hook.status = 413;
  const settings = hook.settings;
  const made = await call<{ id: string }>('notify.create', { body: { kind: 'webhook', name: 'w', settings } });
  const one = { path: { id: made.id } };
  await call('notify.list');
  await call('notify.change', { ...one, body: { name: 'hook' } });
  await call('notify.test', { ...one, body: {} });
  await call('notify.setRoutes', { body: { routes: [{ match: { kind: ['dead'] }, channels: ['hook'] }] } });
  await call('notify.routes');
  await dead();
  const id = await eventually('a delivery that was given up', 20_000, async () => {
    const { items } = await call<{ items: { id: string; state: string }[] }>('delivery.list');
    return items.find(({ state }) => state === 'dead')?.id;
  });
  await call('delivery.replay', { path: { id }, body: {} });
  await call('notify.remove', one);
  await hook.stop();
  await call('push.key');
  const browser = await call<{ id: string }>('push.subscribe', { body: validBodies['push.subscribe'] });
  await call('push.unsubscribe', { path: { id: browser.id } });
});

test('alerts and silences', async () => {
  // One rule always fires.
  const id = await eventually('an alert', 20_000, async () => {
    const { items } = await call<{ items: { id: string; rule: string }[] }>('alert.list');
    return items.find(({ rule }) => rule === 'Watchdog')?.id;
  });
  const one = { path: { id } };
  await call('need.list');
  await call('alert.show', one);
  await call('alert.acknowledge', { ...one, body: { note: 'as it should be' } });
  await call('alert.noise', { ...one, body: { reason: 'not_actionable' } });
  const silence = { matchers: { rule: 'Watchdog' }, reason: 'it always fires', untilResolved: true };
  const made = await call<{ id: string }>('silence.create', { body: silence });
  await call('silence.list');
  await call('silence.remove', { path: { id: made.id } });
  await call('rule.list');
  await call('rule.test', { path: { rule: 'Watchdog' }, body: { limit: 1 } });
});

test('halts', async () => {
  const body = { scope: { kind: 'label', value: 'team=nobody' }, strength: 'running', reason: 'moving house' };
  const saved = await call<{ id: string }>('view.create', { body: { name: 'Blocked', q: 'state:blocked' } });
  await call('view.list');
  await call('view.change', { path: { id: saved.id }, body: { shared: true } });
  await call('view.delete', { path: { id: saved.id } });
  const made = await call<{ id: string }>('halt.create', { body });
  await call('halt.list');
  await call('halt.reach', { query: '?kind=label&value=team%3Dnobody' });
  await call('halt.end', { path: { id: made.id } });
});

test('spend limits', async () => {
  const one = { path: { scope: 'label:team=nobody' } };
  await call('limit.set', { ...one, body: { currency: 'EUR', day: { costMicros: 5_000_000 }, total: { tokens: 9 } } });
  await call('limit.list');
  await call('limit.show', one);
  const attempt = await working(await submitted({ labels: { team: 'nobody' } }));
  await ok({ type: 'task.progress', ...attempt, seq: 1, usage: { inputTokens: 8 } });
  await agent.ofType('task.turns');
  await agent.ofType('message');
  await call('limit.remove', one);
  await ok(completion(attempt, 2));
});

test('agents and messages', async () => {
  const name = { path: { name: 'worker' } };
  tell({ type: 'heartbeat', ...validFrames.heartbeat, unfit: undefined, phase: undefined });
  await ok({ type: 'task.submit', idempotencyKey: randomUUID(), title: 't', prompt: 'p', needs: ['nobody'] });
  await ok({ type: 'agents.list' });
  await ok({ type: 'channel.join', channel: 'builds' });
  const sent = { to: 'agent:worker', body: 'Hello.' };
  await call('message.send', { body: sent });
  const { messageId } = await agent.ofType('message');
  tell({ type: 'message.ack', messageId });
  await ok({ type: 'message.send', ...sent, to: 'channel:builds' });
  await ok({ type: 'channel.history', channel: 'builds' });
  await ok({ type: 'channel.leave', channel: 'builds' });
  await call('config.change', { body: { limits: { reads: { perMinute: 1, burst: 10 } } } });
  while (!heard.some(({ type }) => type === 'throttled')) await ok({ type: 'agents.list' });
  await call('config.change', { body: { limits: { reads: { perMinute: 10_000, burst: 10_000 } } } });
  await call('agent.messages', name);
  await call('channel.list');
  await call('message.list', { query: '?limit=5' });
  await call('channel.messages', { path: { name: 'builds' } });

  const { token } = await call<{ token: string }>('enrolment.create', { body: {} });
  const { items } = await call<{ items: { id: string }[] }>('enrolment.list');
  expect(items.length).toBeGreaterThan(0);
  const machine = { name: 'other', capabilities: [], host: 'h', os: 'linux' };
  await call('enrol', { key: '', body: { token, keyHash: hashOf(newKey()), ...machine } });
  await call('enrolment.revoke', { path: { id: items.at(-1)?.id ?? '' } });
  for (const id of ['agent.list', 'agent.show']) await call(id, name);
  await call('agent.drain', { ...name, body: { reason: 'new disk' } });
  await agent.ofType('agent.drain');
  await call('agent.resume', { ...name, body: {} });
  await agent.ofType('agent.resume');
  agent.send({ type: 'no.such', id: 'x' });
  await agent.ofType('error');
  await call('agent.remove', name);
  await agent.ofType('agent.dismiss');
});

test('people and organisations', async () => {
  const tokenOf = ({ url }: { readonly url: string }): string => url.split('=').at(-1) ?? '';
  const account = { name: 'Ada', password: 'correct horse battery', email: 'ada@example.org' };
  const invited = await call<{ url: string }>('member.invite', { body: { role: 'developer' } });
  await call('invitation.show', { key: '', body: { token: tokenOf(invited) } });
  await call('person.register', { key: '', body: { ...account, invitation: tokenOf(invited) } });
  const cookie = lastCookie;
  const open = await call<{ id: string }>('member.invite', { body: { role: 'viewer' } });
  await call('invitation.list');
  await call('invitation.revoke', { path: { id: open.id } });

  const acme = await call<{ invitation: { url: string } }>('org.create', { body: { org: 'acme' } });
  await call('me.join', { cookie, body: { token: tokenOf(acme.invitation) } });
  await call('session.switch', { cookie, body: { org: 'acme' } });
  await call('session.switch', { cookie, body: { org: 'default' } });
  await call('org.list');
  await call('org.change', { path: { org: 'acme' }, body: { quotas: { agents: 5 } } });
  await call('usage', { query: '?days=7' });

  const { email, password } = account;
  await call('session.start', { key: '', body: { email, password } });
  const sessions = await call<{ items: { id: string }[] }>('session.list', { cookie });
  await call('session.end', { cookie, path: { id: sessions.items.at(-1)?.id ?? '' } });
  await call('me', { cookie });
  await call('me.password', { cookie, body: { password: 'another horse battery', current: password } });
  const { secret } = await call<{ secret: string }>('totp.begin', {
    cookie,
    body: { current: 'another horse battery' },
  });
  const [code, next] = codesOf(secret);
  await call('totp.confirm', { cookie, body: { code } });
  await call('totp.remove', { cookie, body: { code: next } });
  await call('passkey.begin', { cookie, body: { current: 'another horse battery' } });
  await call('passkey.list', { cookie });
  await call('session.challenge', { key: '', body: {} });
  const link = await call<{ url: string }>('session.link', { body: {} });
  await call('session.start', { key: '', body: { token: tokenOf(link) } });

  const another = await call<{ url: string }>('member.invite', { body: { role: 'developer' } });
  const bob = { ...account, email: 'bob@example.org', invitation: tokenOf(another) };
  await call('person.register', { key: '', body: bob });
  const { items } = await call<{ items: { id: string }[] }>('member.list');
  const member = { path: { id: items.at(-1)?.id ?? '' } };
  await call('member.change', { ...member, body: { role: 'operator' } });
  const where = await call<{ items: { id: string }[] }>('member.sessions', member);
  await call('member.endSession', { path: { ...member.path, session: where.items[0]?.id ?? '' } });
  await call('member.endSessions', member);
  const reset = await call<{ url: string }>('member.reset', { ...member, body: {} });
  await call('session.reset', { key: '', body: { token: tokenOf(reset), password } });
  await call('member.remove', member);
  await call('audit.list');
});

/** What an authenticator app shows, now and next. */
function codesOf(secret: string): readonly [string, string] {
  const bits = [...secret].map((char) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(char).toString(2).padStart(5, '0'));
  const bytes = Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const step = Math.floor(Date.now() / 30_000);
  return [codeOf(bytes, step), codeOf(bytes, step + 1)];
}

test('refusals are as described, too', async () => {
  for (const { id, needsKey, path, method } of contract.operations) {
    if (needsKey) expect(await call(id, { key: '' }), id).toMatchObject({ status: 401 });
    if (!path.includes('{')) continue;
    const named = {
      path: { id: 'no-id', name: 'No-Name', org: 'No-Org', rule: 'NoRule', scope: 'no-scope' },
      ...(method === 'POST' && { body: {} }),
    };
    expect((await call<{ status: number }>(id, named)).status, id).toBeGreaterThanOrEqual(400);
  }
});

/** These need an authenticator, an identity provider or a mail server, or start the hub again; their own tests have them. */
const ELSEWHERE = [
  ...['oidc.begin', 'oidc.callback', 'passkey.create', 'passkey.remove', 'session.passkey'],
  'session.mailReset',
  'restore.create',
];

test('nothing that is described was left out, and all that was said is described', () => {
  expect([...answered, ...ELSEWHERE].sort()).toEqual(contract.operations.map(({ id }) => id).sort());
  expect(heard.flatMap((frame) => contract.frameFaults('hub', frame))).toEqual([]);
  expect([...new Set(heard.map(({ type }) => type))].sort()).toEqual([...contract.typesOf('hub')].sort());
  const hello = { type: 'hello', id: 'r', ...validFrames.hello };
  const frames = [hello, ...said.values()] as { type: string }[];
  expect(frames.flatMap((frame) => contract.frameFaults('sidecar', JSON.parse(JSON.stringify(frame))))).toEqual([]);
  expect(frames.map(({ type }) => type).sort()).toEqual([...contract.typesOf('sidecar')].sort());
});

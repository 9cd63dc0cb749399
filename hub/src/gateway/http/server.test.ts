// The server on a real coordinator: repetitions, waiting, and what ends with a key.

import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { LIMITS } from '@agentcom/schemas';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keyWith } from '../../access/secrets.js';
import { TestHub } from './fixture.js';

let hub: TestHub;
let owner: { secret: string; id: string };

beforeEach(async () => {
  hub = await TestHub.start();
  owner = await hub.key('owner');
});

afterEach(() => hub.stop());

const cancel = (task: string) =>
  hub.decide({ type: 'task.cancel', org: 'default', task, by: 'test', reason: 'not needed' });

describe('a POST that is sent again with its idempotency key', () => {
  const headers = { 'idempotency-key': 'k' };

  test('is answered as before, to its own caller alone', async () => {
    const [one, two] = [await hub.submit('key:x'), await hub.submit('key:x')];
    const post = (task: string, key: string, reason = 'not needed') =>
      hub.call('POST', `/tasks/${task}/cancel`, { key, headers, body: { reason } });
    const first = await post(one, owner.secret);
    expect(first).toMatchObject({ status: 200, body: { state: 'cancelled' } });
    const again = await post(one, owner.secret);
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(again.headers['content-type']).toBe(first.headers['content-type']);
    expect(await post(one, owner.secret, 'another')).toMatchObject({ status: 422 });
    expect(await post(two, owner.secret)).toMatchObject({ status: 200, body: { id: two } });
    const other = await hub.key('operator');
    expect(await post(one, other.secret)).toMatchObject({ status: 409, body: { code: 'task.already_final' } });
  });

  test('never shows a secret again, and makes no second one', async () => {
    const body = { role: 'viewer', name: 'v' };
    const make = (key: string) => hub.call('POST', '/keys', { key, headers, body });
    const first = await make(owner.secret);
    expect(first).toMatchObject({ status: 201, body: { key: expect.stringMatching(/^ac_/) } });
    const keys = hub.state.keys.size;
    expect(await make(owner.secret)).toMatchObject({ status: 409, body: { code: 'idempotency.answer_not_kept' } });
    expect(hub.state.keys.size).toBe(keys);
    const second = await hub.key('owner');
    expect((await make(second.secret)).body.key).not.toBe(first.body.key);
  });

  test('is decided anew after a refusal, also when another caller was refused', async () => {
    const agent = await hub.agent('worker');
    const drain = (key: string) => hub.call('POST', '/agents/worker/resume', { key, headers, body: {} });
    expect(await drain(agent.secret)).toMatchObject({ status: 403 });
    expect(await drain(owner.secret)).toMatchObject({ status: 200 });
    const retry = (task: string) => hub.call('POST', `/tasks/${task}/retry`, { key: owner.secret, headers, body: {} });
    const task = await hub.submit('key:x');
    expect(await retry(task)).toMatchObject({ status: 409 });
    const dead = await hub.deadTask('key:x');
    expect(await retry(dead)).toMatchObject({ status: 200 });
  });
});

describe('a request for a task that waits until it is in another state', () => {
  const show = (task: string, query: string, key = owner.secret) => hub.call('GET', `/tasks/${task}?${query}`, { key });

  test('is answered at once when it is in another already', async () => {
    const task = await hub.submit('key:x');
    expect(await show(task, 'ifNot=working&waitSeconds=60')).toMatchObject({ status: 200, body: { state: 'queued' } });
  });

  test('is answered when it gets there, and not by what happens to other tasks', async () => {
    const [task, other] = [await hub.submit('key:x'), await hub.submit('key:x')];
    const answers: string[] = [];
    const waiting = show(task, 'ifNot=queued').then(({ body }) => answers.push(String(body.state)));
    await cancel(other);
    expect(answers).toEqual([]);
    await cancel(task);
    await waiting;
    expect(answers).toEqual(['cancelled']);
  });

  test('is answered all the same when the time is over', async () => {
    const task = await hub.submit('key:x');
    expect(await show(task, 'ifNot=queued&waitSeconds=1')).toMatchObject({ status: 200, body: { state: 'queued' } });
  });

  test('finds nothing where the caller sees nothing', async () => {
    const submitter = await hub.key('submitter');
    const task = await hub.submit('key:x');
    expect(await show(task, 'ifNot=queued', submitter.secret)).toMatchObject({ status: 404 });
  });

  test('must say which state is known', async () => {
    const task = await hub.submit('key:x');
    const answer = await show(task, 'waitSeconds=5');
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: '/waitSeconds' }] } });
  });

  test('is bounded in number for each key', async () => {
    const task = await hub.submit('key:x');
    const waiting = Array.from({ length: LIMITS.waitersPerKey }, () => show(task, 'ifNot=queued'));
    const beyond = await show(task, 'ifNot=queued');
    expect(beyond).toMatchObject({ status: 429, body: { code: 'rate.limited' } });
    const other = await hub.key('viewer');
    const others = show(task, 'ifNot=queued', other.secret);
    await cancel(task);
    const states = (await Promise.all([...waiting, others])).map(({ body }) => body.state);
    expect(new Set(states)).toEqual(new Set(['cancelled']));
    expect((await show(task, 'ifNot=queued')).status).toBe(200);
  });
});

async function follow(key: string, org?: string): Promise<{ ended: Promise<unknown>; cancel: () => Promise<void> }> {
  const url = await hub.listen();
  const task = await hub.submit('key:x', org);
  const response = await fetch(`${url}/api/v1/tasks/${task}/output?follow=1`, {
    headers: { authorization: `Bearer ${key}` },
  });
  expect(response.status).toBe(200);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  expect(String(await reader.read().then(({ value }) => Buffer.from(value ?? [])))).toContain('retry:');
  const ended = (async () => {
    try {
      for (;;) if ((await reader.read()).done) return 'ended';
    } catch {
      return 'cut off';
    }
  })();
  return { ended, cancel: () => reader.cancel() };
}

describe('an organisation that holds open all there is, with many keys', () => {
  const keysOfEvil = (count: number) => Promise.all(Array.from({ length: count }, () => hub.key('viewer', 'evil')));

  test('gives way to others who follow output, with its oldest', async () => {
    const keys = await keysOfEvil(LIMITS.followers / LIMITS.followersPerKey);
    const oldest = await follow(keys[0]?.secret ?? '', 'evil');
    const held = keys.flatMap(({ secret }, i) => Array(LIMITS.followersPerKey - (i === 0 ? 1 : 0)).fill(secret));
    const theirs = await Promise.all(held.map((secret) => follow(secret, 'evil')));
    const own = await follow(owner.secret);
    expect(await oldest.ended).toBe('cut off');
    await Promise.all([own, ...theirs].map(({ cancel }) => cancel()));
  });

  test.each([
    { query: 'ifNot=queued', way: 'with what there is', status: 200 },
    { query: 'minSeq=999999', way: 'with a refusal', status: 429 },
  ])('gives way to others who wait, and $query is answered $way', async ({ query, status }) => {
    const [theirs, own] = [await hub.submit('key:x', 'evil'), await hub.submit('key:x')];
    const hold = (org: (i: number) => string) =>
      Array.from({ length: LIMITS.waiters - 2 }, (_, i) =>
        hub.waiting.take({ credential: `k${i}`, org: org(i) }, () => undefined),
      );
    const first = hold(() => 'evil');
    const asked = (await keysOfEvil(3)).map(async ({ secret: key }, i) => ({
      i,
      answer: await hub.call('GET', `/tasks/${theirs}?${query}`, { key }),
    }));
    // One of the three is too many, so the other two wait.
    const beyond = await Promise.race(asked);
    expect(beyond.answer).toMatchObject({ status: 429 });
    for (const leave of first) if (typeof leave === 'function') leave();
    hold((i) => `o${i}`);
    expect(await hub.call('GET', `/tasks/${own}?minSeq=1`, { key: owner.secret })).toMatchObject({ status: 200 });
    const { answer } = await Promise.race(asked.filter((_, i) => i !== beyond.i));
    expect(answer).toMatchObject({ status });
  });
});

describe('a key that ends', () => {
  test('ends the streams it holds when it is revoked, and no other', async () => {
    const viewer = await hub.key('viewer');
    const [theirs, own] = [await follow(viewer.secret), await follow(owner.secret)];
    let isOwnOver = false;
    void own.ended.then(() => {
      isOwnOver = true;
    });
    await hub.call('DELETE', `/keys/${viewer.id}`, { key: owner.secret });
    expect(await theirs.ended).toBe('cut off');
    expect(isOwnOver).toBe(false);
    await own.cancel();
  });

  test('ends the streams it holds when it expires', async () => {
    const viewer = await hub.key('viewer', 'default', { ttlMs: 300 });
    expect(await (await follow(viewer.secret)).ended).toBe('cut off');
  });

  test('ends what waits, without showing anything more', async () => {
    const viewer = await hub.key('viewer');
    const task = await hub.submit('key:x');
    const waiting = hub.call('GET', `/tasks/${task}?ifNot=queued`, { key: viewer.secret });
    await hub.call('DELETE', `/keys/${viewer.id}`, { key: owner.secret });
    expect(await waiting).toMatchObject({ status: 401, body: { code: 'auth.invalid' } });
  });
});

test('an agent that drains without a reason is said to have been asked by whoever asked', async () => {
  const agent = await hub.agent('worker');
  const reason = () => hub.state.agents.get('default/worker')?.drainReason;
  await hub.call('POST', '/agents/worker/drain', { key: agent.secret, body: {} });
  expect(reason()).toBe('requested by agent:worker');
  await hub.call('POST', '/agents/worker/resume', { key: owner.secret, body: {} });
  await hub.call('POST', '/agents/worker/drain', { key: owner.secret, body: {} });
  expect(reason()).toBe(`requested by key:${owner.id}`);
});

test('an answer says how far the journal was read for it', async () => {
  const answer = await hub.call('POST', '/tasks', { key: owner.secret, body: { title: 't', prompt: 'p' } });
  const seq = Number(answer.headers['agentcom-seq']);
  expect(seq).toBe(hub.shard.head?.seq);
  const read = await hub.call('GET', `/tasks?minSeq=${seq}`, { key: owner.secret });
  expect(Number(read.headers['agentcom-seq'])).toBeGreaterThanOrEqual(seq);
  const wrong = await hub.call('GET', '/tasks?minSeq=x', { key: owner.secret });
  expect(wrong).toMatchObject({ status: 400, body: { errors: [{ path: '/minSeq' }] } });
});

test('what GET answers HEAD answers without a body, and figures are for those who may have them', async () => {
  const head = await hub.call('HEAD', '/metrics', { key: owner.secret });
  expect([head.status, head.body]).toEqual([200, { text: '' }]);
  const figures = await hub.call<{ text: string }>('GET', '/metrics', { key: owner.secret });
  expect(figures.body.text).toContain('agentcom_refusals_total');
  expect(await hub.call('GET', '/metrics')).toMatchObject({ status: 401 });
});

test('an answer keeps the content type that its handler gave it', async () => {
  const authorization = `Bearer ${owner.secret}`;
  const url = '/api/v1/schemas/TaskSpec';
  const { headers } = await hub.app.inject({ method: 'GET', url, headers: { authorization } });
  expect(headers['content-type']).toContain('application/schema+json');
});

test('the dashboard answers for its own paths alone, and by no other name', async () => {
  const get = async (url: string, headers = {}) => {
    const { statusCode, body } = await hub.app.inject({
      method: 'GET',
      url,
      headers: { accept: 'text/html', ...headers },
    });
    return [statusCode, JSON.parse(body).code];
  };
  for (const url of ['/', '/tasks', '/sign-in']) expect(await get(url)).toEqual([503, 'dashboard.not_built']);
  expect(await get('/api/v1/nothing')).toEqual([404, 'request.not_found']);
  expect(await get('/tasks', { accept: 'application/json' })).toEqual([404, 'request.not_found']);
  expect(await get('/', { host: 'x"$(id)' })).toEqual([400, 'request.invalid']);
  const posted = await hub.app.inject({ method: 'POST', url: '/tasks', headers: { accept: 'text/html' } });
  expect(posted.statusCode).toBe(404);
});

test('a path with another method is answered with those it has', async () => {
  const answer = await hub.call('DELETE', '/tasks', { key: owner.secret });
  expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD, POST' } });
  expect(answer.body.code).toBe('request.method_not_allowed');
});

test.each(['/livez', '/api/v1/tasks', '/api/v1/nothing', '/join', '/', '/api/v1/%zz'])(
  'whatever %s answers is not kept, guessed at or framed',
  async (url) => {
    const { headers } = await hub.app.inject({ method: 'GET', url });
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'.*frame-ancestors 'none'$/);
    expect(headers['cache-control']).toBe('no-store');
    expect(headers).not.toHaveProperty('strict-transport-security');
  },
);

test('what is for another name or from another site is refused before anything else is looked at', async () => {
  const headers = { host: 'evil.example' };
  expect(await hub.call('GET', '/tasks', { headers })).toMatchObject({ status: 421 });
  expect(await hub.call('GET', '/nothing', { headers })).toMatchObject({ status: 421 });
  const from = (origin: string) => hub.call('POST', '/tasks', { key: owner.secret, body: {}, headers: { origin } });
  expect(await from('http://evil.example')).toMatchObject({ status: 403, body: { code: 'request.cross_origin' } });
  expect(await from('http://localhost:80')).toMatchObject({ status: 400 });
});

test.each([
  ['Host', ['Host', 'localhost', 'HOST', 'localhost']],
  ['Authorization', ['Host', 'localhost', 'Authorization', 'Bearer a', 'authorization', 'Bearer b']],
])('a request in which %s stands twice is refused', async (name, headers) => {
  const asked = request(`${await hub.listen()}/livez`, { headers }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  const problem = JSON.parse((await answer.toArray()).join(''));
  expect([answer.statusCode, problem.code, problem.detail]).toEqual([
    400,
    'request.invalid',
    `the ${name} header may be there only once`,
  ]);
});

test('keys that are guessed on from a known beginning are held up, and the key that has it is not', async () => {
  const made = await hub.call('POST', '/keys', { key: owner.secret, body: { role: 'viewer', name: 'v' } });
  const real = String(made.body.key);
  const hint = real.slice(0, 11);
  const from = (key: string, nth: number) =>
    hub.app.inject({
      method: 'GET',
      url: '/api/v1/tasks',
      headers: { authorization: `Bearer ${key}` },
      remoteAddress: `10.0.${nth}.1`,
    });
  const guess = (nth: number) => from(keyWith(hint), nth);
  for (let i = 0; i < 50; i++) expect((await guess(i)).statusCode).toBe(401);
  const blocked = await guess(99);
  expect([blocked.statusCode, blocked.json().code]).toEqual([429, 'auth.blocked']);
  expect(blocked.headers).toHaveProperty('retry-after');
  expect((await from(real, 99)).statusCode).toBe(200);
});

test('a proxy that is trusted says where a request comes from, and that it was by TLS', async () => {
  const forwarded = {
    'x-forwarded-for': '203.0.113.9',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'hub.example',
  };
  const headers = { ...forwarded, authorization: `Bearer ${owner.secret}` };
  const link = (remoteAddress: string) =>
    hub.app.inject({ method: 'POST', url: '/api/v1/sessions/links', headers, payload: {}, remoteAddress });
  const believed = await link('192.0.2.1');
  expect(believed.json().url).toMatch(/^https:\/\/hub\.example\/sign-in#/);
  expect(believed.headers).toHaveProperty('strict-transport-security');
  const others = await link('198.51.100.1');
  expect(others.json().url).toMatch(/^http:\/\/localhost/);
});

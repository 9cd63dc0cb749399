import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answered, delivery, NOON, turn, webhookChannel } from '../testing.js';
import { OutboxBench } from './fixture.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let bench: OutboxBench;

beforeAll(OutboxBench.load);

beforeEach(() => {
  bench = new OutboxBench();
});

afterEach(() => bench.outbox.stop());

describe('a delivery', () => {
  it('is durable before it counts as given, and then goes out at once', async () => {
    const given = delivery({ title: 'backlog' });
    await bench.outbox.deliver([given]);
    expect(bench.records.stored.size).toBe(1);
    await turn();
    expect(bench.titles()).toEqual(['backlog']);
    expect(bench.records.state(given.id)).toBe('sent');
    expect(bench.outbox.list({ org: 'acme', limit: 10 }).items).toMatchObject([
      { id: given.id, state: 'sent', attempts: 1 },
    ]);
  });

  it('is sent under the span of what it is about', async () => {
    bench.ports.traceparents.set('t1', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01');
    const task = { kind: 'task', id: 't1', name: 'Fix it' } as const;
    await bench.outbox.deliver([delivery({ group: 'task:t1', kind: 'dead', subjects: [task] }), delivery()]);
    await turn();
    expect(bench.http.sent.map(({ traceparent }) => traceparent)).toEqual([
      ...bench.ports.traceparents.values(),
      undefined,
    ]);
  });

  it('is not given when it cannot be stored', async () => {
    bench.records.isDown = true;
    await expect(bench.outbox.deliver([delivery()])).rejects.toThrow('no responders');
    await turn();
    expect(bench.http.sent).toEqual([]);
  });

  it('that is given again is sent once, also when it was not known that it is stored', async () => {
    const given = delivery();
    bench.records.isLosingAnswers = true;
    await expect(bench.outbox.deliver([given])).rejects.toThrow('timeout');
    bench.records.isLosingAnswers = false;
    await Promise.all([bench.outbox.deliver([given]), bench.outbox.deliver([given, given])]);
    await bench.outbox.deliver([given]);
    await turn();
    expect(bench.http.sent).toHaveLength(1);
  });

  it('that is given again while it is stored is stored once', async () => {
    bench.records.gates.set('slow', turn());
    const given = delivery({ title: 'slow' });
    const first = bench.outbox.deliver([given]);
    await Promise.resolve();
    bench.records.gates.set('slow', turn().then(turn));
    await Promise.all([first, bench.outbox.deliver([given])]);
    await bench.time.pass(MINUTE);
    expect(bench.http.sent).toHaveLength(1);
  });

  it('is refused by a hub that does not lead', async () => {
    bench.outbox.onFollowing();
    await expect(bench.outbox.deliver([delivery()])).rejects.toThrow('does not lead');
  });

  it('is stored without its text once it has gone out', async () => {
    await bench.outbox.deliver([delivery({ text: 'the text', excerpt: 'the prompt' })]);
    await turn();
    expect([...bench.records.stored.values()].join()).not.toMatch(/the text|the prompt/);
  });
});

describe('what fails', () => {
  it('is tried with growing waits for a day, then it is dead and can be replayed', async () => {
    bench.http.answer = () => answered(503);
    const given = delivery({ title: 'backlog' });
    await bench.outbox.deliver([given]);
    await turn();
    expect(bench.outbox.list({ org: 'acme', limit: 1 }).items[0]).toMatchObject({
      state: 'retrying',
      attempts: 1,
      why: 'answered with HTTP 503',
      nextAt: NOON + 2_500,
    });
    expect(bench.outbox.failing()).toEqual([
      { channel: 'oncall', since: NOON, failures: 1, why: expect.stringMatching(/^answered /) },
    ]);
    await bench.time.pass(25 * HOUR);
    const tries = bench.http.sent.length;
    expect(tries).toBeGreaterThan(40);
    expect(tries).toBeLessThan(70);
    expect(new Set(bench.http.sent.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([given.id]));
    expect(bench.records.state(given.id)).toBe('dead');
    expect(bench.outbox.list({ org: 'acme', state: 'dead', limit: 1 }).items[0]?.why).toBe(
      'gave up after a day: answered with HTTP 503',
    );

    bench.http.answer = () => answered(200);
    expect(await bench.outbox.replay('other', given.id)).toBe(false);
    expect(await bench.outbox.replay('acme', given.id)).toBe(true);
    await turn();
    expect(bench.http.sent).toHaveLength(tries + 1);
    expect(bench.records.state(given.id)).toBe('sent');
    expect(await bench.outbox.replay('acme', given.id)).toBe(false);
    expect(bench.outbox.failing()).toEqual([]);
  });

  it('for an hour goes out once when the provider is back', async () => {
    bench.http.answer = () => answered(503);
    await bench.outbox.deliver([delivery({ title: 'backlog' })]);
    await bench.time.pass(HOUR);
    bench.http.answer = () => answered(200);
    await bench.time.pass(HOUR);
    expect(bench.http.sent.length).toBeLessThan(15);
    expect(bench.states()).toEqual(['backlog: sent']);
  });

  it('waits as long as the provider asks, and so does everything else for the channel', async () => {
    bench.http.answer = () => answered(429, { retryAfterMs: 10 * MINUTE });
    await bench.outbox.deliver([delivery({ title: 'first' })]);
    await turn();
    bench.http.answer = () => answered(200);
    await bench.outbox.deliver([delivery({ title: 'second', group: 'other' })]);
    await bench.time.pass(10 * MINUTE - 1);
    expect(bench.titles()).toEqual(['first']);
    await bench.time.pass(1);
    await bench.time.pass(5 * MINUTE);
    expect(bench.titles()).toEqual(['first', 'second', 'first']);
  });

  it('again and again holds up nothing else', async () => {
    bench.http.answer = ({ body }) => answered(String(body).includes('poison') ? 500 : 200);
    await bench.outbox.deliver([delivery({ title: 'poison', group: 'a' })]);
    await bench.time.pass(HOUR);
    await bench.outbox.deliver([delivery({ title: 'fine', group: 'b' })]);
    await turn();
    expect(bench.states()).toEqual(['poison: retrying', 'fine: sent']);
  });

  it('for good is dead at once', async () => {
    bench.http.answer = () => answered(413);
    await bench.outbox.deliver([delivery({ title: 'huge' })]);
    await turn();
    expect(bench.states()).toEqual(['huge: dead']);
    expect(bench.outbox.failing()).toMatchObject([{ channel: 'oncall', failures: 1 }]);
  });

  it('because the address has gone is told, and nothing more is sent there', async () => {
    bench.http.answer = () => answered(410);
    await bench.outbox.deliver([delivery({ title: 'first', group: 'a' })]);
    await turn();
    expect(bench.ports.gone).toEqual(['oncall: answered with HTTP 410']);
    bench.ports.channels.set('oncall', webhookChannel({ isDisabled: true }));
    await bench.outbox.deliver([delivery({ title: 'second', group: 'b' })]);
    await bench.time.pass(HOUR);
    expect(bench.titles()).toEqual(['first']);
    expect(bench.states()).toEqual(['first: dead', 'second: queued']);
    bench.http.answer = () => answered(200);
    bench.ports.channels.set('oncall', webhookChannel());
    await bench.time.pass(MINUTE);
    expect(bench.states()).toEqual(['first: dead', 'second: sent']);
  });
});

it('a channel that hangs delays no other', async () => {
  bench.ports.channels.set(
    'slow',
    webhookChannel({ settings: { ...(webhookChannel().settings as object), url: 'https://slow.example/' } }),
  );
  let release = () => undefined as unknown;
  bench.http.answer = ({ url }) =>
    url.includes('slow') ? new Promise((resolve) => (release = () => resolve(answered(200)))) : answered(200);
  await bench.outbox.deliver([
    delivery({ title: 'slow' }, { channel: 'slow' }),
    delivery({ title: 'slow too', group: 'b' }, { channel: 'slow' }),
    delivery({ title: 'quick' }),
    delivery({ title: 'quick too', group: 'b' }),
  ]);
  await turn();
  expect(bench.titles()).toEqual(['slow', 'quick', 'quick too']);
  release();
  await turn();
  release();
});

describe('sending at once', () => {
  it('says how it went, and stores nothing', async () => {
    bench.records.isDown = true;
    bench.ports.channels.set('oncall', webhookChannel({ quietHours: { from: '11:00', to: '14:00', timeZone: 'UTC' } }));
    expect(await bench.outbox.sendNow(delivery({ severity: 'info' }))).toEqual({ kind: 'sent' });
    bench.http.answer = () => answered(503);
    expect(await bench.outbox.sendNow(delivery())).toEqual({ kind: 'failed', why: 'answered with HTTP 503' });
    expect(await bench.outbox.sendNow(delivery({}, { channel: 'nowhere' }))).toMatchObject({ kind: 'failed' });
    expect(bench.records.stored.size).toBe(0);
  });
});

it('lists by page, newest first, and only what belongs to the organisation', async () => {
  await bench.outbox.deliver([
    ...['a', 'b', 'c'].map((title) => delivery({ title, group: title })),
    delivery({ title: 'theirs', group: 'd', org: 'other' }),
  ]);
  await turn();
  const first = bench.outbox.list({ org: 'acme', limit: 2 });
  expect(first.items.map(({ title }) => title)).toEqual(['c', 'b']);
  const second = bench.outbox.list({ org: 'acme', limit: 2, cursor: first.nextCursor ?? '' });
  expect(second.items.map(({ title }) => title)).toEqual(['a']);
  expect(second.nextCursor).toBeNull();
});

it('waits at its end for what is under way, also since before it stopped leading', async () => {
  const answers: (() => void)[] = [];
  bench.http.answer = () => new Promise((resolve) => answers.push(() => resolve(answered(200))));
  await bench.outbox.deliver([delivery({ title: 'slow' })]);
  await turn();
  bench.outbox.onFollowing();
  let hasEnded = false;
  const ended = bench.outbox.stop().then(() => {
    hasEnded = true;
  });
  await turn();
  expect(hasEnded).toBe(false);
  answers[0]?.();
  await turn();
  expect(hasEnded).toBe(true);
  await ended;
});

it('waits at its end for what is under way, but not for long', async () => {
  bench.http.answer = () => new Promise(() => undefined);
  await bench.outbox.deliver([delivery({ title: 'slow' })]);
  await turn();
  const ended = bench.outbox.stop();
  await bench.time.pass(500);
  await ended;
  expect(bench.states()).toEqual(['slow: queued']);
});

it('says why a channel fails', async () => {
  bench.http.answer = () => answered(503);
  await bench.outbox.deliver([delivery()]);
  await bench.time.pass(0);
  expect(bench.outbox.failing()).toMatchObject([
    { channel: 'oncall', failures: 1, why: expect.stringContaining('503') },
  ]);
});

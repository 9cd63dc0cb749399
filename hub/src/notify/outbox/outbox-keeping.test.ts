import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
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

describe('another hub', () => {
  it('that takes over sends what is left, and repeats nothing', async () => {
    await bench.outbox.deliver([delivery({ title: 'sent', group: 'a' })]);
    await turn();
    bench.http.answer = () => answered(503);
    await bench.outbox.deliver([delivery({ title: 'left', group: 'b' })]);
    await turn();
    // As after `kill -9`: nothing is written any more.
    bench.outbox.onFollowing();
    bench.http.answer = () => answered(200);
    bench.lead();
    await bench.time.pass(HOUR);
    expect(bench.titles()).toEqual(['sent', 'left', 'left']);
    expect(bench.states()).toEqual(['sent: sent', 'left: sent']);
  });

  it('knows what failed, and takes nothing twice', async () => {
    bench.http.answer = () => answered(503);
    const given = delivery({ title: 'left' });
    await bench.outbox.deliver([given]);
    await turn();
    bench.outbox.onFollowing();
    bench.lead();
    await bench.outbox.deliver([given]);
    expect(bench.outbox.failing()).toEqual([
      { channel: 'oncall', since: NOON, failures: 1, why: expect.stringMatching(/^answered /) },
    ]);
    expect(bench.outbox.list({ org: 'acme', limit: 10 }).items).toHaveLength(1);
  });

  it('knows that a channel does not work although nothing waits for it', async () => {
    bench.http.answer = () => answered(413);
    await bench.outbox.deliver([delivery({ title: 'huge' })]);
    await turn();
    bench.outbox.onFollowing();
    bench.lead();
    await turn();
    expect(bench.outbox.failing()).toEqual([
      { channel: 'oncall', since: NOON, failures: 1, why: expect.stringMatching(/^answered /) },
    ]);
  });

  it('reads again until it can', async () => {
    await bench.outbox.deliver([delivery({ title: 'one' })]);
    bench.outbox.onFollowing();
    bench.records.isDown = true;
    bench.lead();
    const given = bench.outbox.deliver([delivery({ title: 'two', group: 'b' })]);
    await bench.time.pass(5_000);
    expect(bench.failures).toHaveLength(1);
    bench.records.isDown = false;
    await bench.time.pass(1_000);
    await given;
    expect(bench.states()).toEqual(['one: sent', 'two: sent']);
  });
});

it('goes on sending while nothing can be stored, and stores it later', async () => {
  bench.ports.channels.set('oncall', webhookChannel({ isDisabled: true }));
  const given = delivery();
  await bench.outbox.deliver([given]);
  bench.records.isDown = true;
  bench.ports.channels.set('oncall', webhookChannel());
  await bench.time.pass(MINUTE);
  expect(bench.http.sent).toHaveLength(1);
  expect(bench.records.state(given.id)).toBe('queued');
  await bench.time.pass(10_000);
  bench.records.isDown = false;
  await bench.time.pass(1_000);
  expect(bench.records.state(given.id)).toBe('sent');
  expect(bench.http.sent).toHaveLength(1);
  expect(bench.failures).toHaveLength(1);
});

it('drops what waits for a channel that was removed', async () => {
  bench.ports.channels.set('oncall', webhookChannel({ isDisabled: true }));
  await bench.outbox.deliver([delivery({ title: 'one' })]);
  bench.ports.channels.delete('oncall');
  await bench.time.pass(MINUTE);
  expect(bench.states()).toEqual(['one: skipped']);
});

it('forgets a channel that was removed once nothing waits for it', async () => {
  bench.ports.channels.set('old', webhookChannel());
  await bench.outbox.deliver([delivery({}, { channel: 'old' })]);
  await turn();
  const asked = vi.spyOn(bench.ports, 'channelOf');
  bench.outbox.failing();
  expect(asked.mock.calls.flat()).toContain('old');
  bench.ports.channels.delete('old');
  await bench.outbox.deliver([delivery()]);
  asked.mockClear();
  bench.outbox.failing();
  expect(asked.mock.calls.flat()).toEqual(['oncall']);
});

it('holds no more for one channel than it should: pages last of all', async () => {
  bench.ports.channels.set('oncall', webhookChannel({ isDisabled: true }));
  const many = (count: number, severity: 'page' | 'warn') =>
    Array.from({ length: count }, (_, i) => delivery({ group: `${severity}${i}`, title: `${severity}${i}`, severity }));
  await bench.outbox.deliver(many(1, 'page'));
  await bench.outbox.deliver(many(1_000, 'warn'));
  expect(bench.outbox.list({ org: 'acme', state: 'dead', limit: 10 }).items).toMatchObject([
    { title: 'warn0', why: 'more than 1000 deliveries wait for this channel' },
  ]);
});

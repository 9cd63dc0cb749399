// What gives way when too much is kept: by organisation.

import { afterEach, beforeAll, expect, it } from 'vitest';
import { answered, delivery, turn, webhookChannel } from '../testing.js';
import { OutboxBench } from './fixture.js';

const HOUR = 3_600_000;
const LONG = 'x'.repeat(2_000);

let bench: OutboxBench;

beforeAll(OutboxBench.load);

afterEach(() => bench.outbox.stop());

function many(count: number, org: string, channel: string) {
  return Array.from({ length: count }, (_, i) =>
    delivery({ org, title: `${org}${i}`, group: `${org}${i}`, severity: 'warn', text: LONG }, { channel }),
  );
}

it('a flood of one organisation pushes out nothing of another, dead or waiting', async () => {
  bench = new OutboxBench({ historyMax: 1_000, bytesMax: 40_000 });
  bench.ports.channels.set('theirs', webhookChannel({ isDisabled: true }));
  await bench.outbox.deliver(many(3, 'other', 'theirs'));
  bench.http.answer = () => answered(413);
  await bench.outbox.deliver(many(100, 'acme', 'oncall'));
  await bench.time.pass(HOUR);
  expect(bench.states('other')).toEqual(['other0: queued', 'other1: queued', 'other2: queued']);
  expect(bench.states().length).toBeLessThan(20);
  expect(bench.states().at(-1)).toBe('acme99: dead');
  const bytes = [...bench.records.stored.values()].reduce((sum, text) => sum + text.length, 0);
  expect(bytes).toBeLessThan(40_000);
});

it('what waits gives way with a word of it, and is not sent', async () => {
  bench = new OutboxBench({ historyMax: 1_000, bytesMax: 10_000 });
  bench.ports.channels.set('oncall', webhookChannel({ isDisabled: true }));
  await bench.outbox.deliver(many(4, 'acme', 'oncall'));
  await turn();
  expect(bench.states()).toEqual(['acme0: dead', 'acme1: queued', 'acme2: queued', 'acme3: queued']);
  const [given] = bench.outbox.list({ org: 'acme', state: 'dead', limit: 1 }).items;
  expect(given?.why).toBe('more is kept for this organisation than there is room for');
  expect(await bench.outbox.replay('acme', given?.id ?? '')).toBe(false);
  bench.ports.channels.set('oncall', webhookChannel());
  await bench.time.pass(HOUR);
  expect(bench.titles()).toEqual(['acme1', 'acme2', 'acme3']);
});

it('remembers how so many of each organisation went, and takes the rest out of the store', async () => {
  bench = new OutboxBench({ historyMax: 2, bytesMax: 1_000_000 });
  await bench.outbox.deliver(many(1, 'other', 'oncall'));
  await bench.outbox.deliver(many(5, 'acme', 'oncall'));
  await bench.time.pass(HOUR);
  expect([bench.states('other'), bench.states()]).toEqual([['other0: sent'], ['acme3: sent', 'acme4: sent']]);
  expect(bench.records.stored.size).toBe(3);
  bench.outbox.onFollowing();
  bench.lead();
  await turn();
  expect(bench.states()).toEqual(['acme3: sent', 'acme4: sent']);
});

it('one that gives way while it is under way is not stored again', async () => {
  bench = new OutboxBench({ historyMax: 0, bytesMax: 1_000_000 });
  await bench.outbox.deliver(many(1, 'acme', 'oncall'));
  await bench.time.pass(HOUR);
  expect(bench.titles()).toEqual(['acme0']);
  expect(bench.records.stored.size).toBe(0);
});

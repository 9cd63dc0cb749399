import { beforeEach, expect, test } from 'vitest';
import type { Change } from '../core/change.js';
import type { Event } from '../core/events.js';
import { type ChangeSource, KeyWatch } from './key-watch.js';

type Subscriber = Parameters<ChangeSource['subscribe']>[1];

let subscriber: Subscriber;
let now: number;
let timers: { at: number; run: () => void }[];
let live: Set<string>;
let ended: string[];
let failures: unknown[];
let keys: KeyWatch;

beforeEach(() => {
  now = 1_000;
  timers = [];
  live = new Set(['k1', 'k2', 'k3']);
  ended = [];
  failures = [];
  keys = new KeyWatch({
    feed: {
      subscribe: (_options, heard) => {
        subscriber = heard;
        return () => undefined;
      },
    },
    scheduler: {
      now: () => now,
      random: () => 0,
      after: (ms, run) => {
        const timer = { at: now + ms, run };
        timers.push(timer);
        return () => void timers.splice(timers.indexOf(timer), 1);
      },
    },
    now: () => now,
    isLive: (key) => live.has(key),
    onFailed: (error) => failures.push(error),
  });
});

function watch(name: string, key: string, more: { agent?: string; expiresAt?: number } = {}): () => void {
  return keys.watch({ key, org: 'default', agent: undefined, expiresAt: undefined, ...more }, () => ended.push(name));
}

function happened(...events: Event[]): void {
  subscriber.changes({ changes: events.map((event): Change => ({ org: 'default', at: now, event })) });
}

test('what a revoked key holds ends once, and nothing that other keys hold', () => {
  watch('socket', 'k1');
  watch('stream', 'k1');
  watch('other', 'k2');
  happened({ type: 'key.revoked', key: 'k1' });
  happened({ type: 'key.revoked', key: 'k1' });
  expect(ended).toEqual(['socket', 'stream']);
});

test('what has ended by itself is forgotten', () => {
  watch('socket', 'k1')();
  happened({ type: 'key.revoked', key: 'k1' });
  expect(ended).toEqual([]);
});

test('what the key of a removed agent holds ends, in its own organisation', () => {
  watch('worker', 'k1', { agent: 'worker' });
  watch('other', 'k2', { agent: 'other' });
  happened({ type: 'agent.removed', org: 'elsewhere', agent: 'worker' });
  expect(ended).toEqual([]);
  happened({ type: 'agent.removed', org: 'default', agent: 'worker' });
  expect(ended).toEqual(['worker']);
});

test('what a key holds ends when it expires', () => {
  watch('stream', 'k1', { expiresAt: 5_000 });
  const forget = watch('gone', 'k1', { expiresAt: 6_000 });
  expect(timers.map(({ at }) => at)).toEqual([5_000, 6_000]);
  forget();
  const [timer] = timers;
  timer?.run();
  expect([ended, timers.length]).toEqual([['stream'], 0]);
});

test('what was missed is looked up', () => {
  watch('one', 'k1');
  watch('two', 'k2');
  live.delete('k2');
  subscriber.resync();
  expect(ended).toEqual(['two']);
});

test('a clock that jumped ahead ends what has expired meanwhile', () => {
  watch('short', 'k1', { expiresAt: now + 5_000 });
  watch('long', 'k2', { expiresAt: now + 500_000 });
  now += 60_000;
  happened({ type: 'clock.jumped', forwardMs: 60_000, wallOffsetMs: 0, graceUntil: 0 });
  expect(timers.map(({ at }) => at - now)).toEqual([1, 440_000]);
  timers[0]?.run();
  expect(ended).toEqual(['short']);
});

test('one that cannot be ended keeps none of the others', () => {
  keys.watch({ key: 'k1', org: 'default', agent: undefined, expiresAt: undefined }, () => {
    throw new Error('no');
  });
  watch('socket', 'k1');
  happened({ type: 'key.revoked', key: 'k1' });
  expect(ended).toEqual(['socket']);
  expect(failures).toHaveLength(1);
});

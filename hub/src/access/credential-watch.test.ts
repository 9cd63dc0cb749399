import { beforeEach, expect, test } from 'vitest';
import type { Change } from '../core/change.js';
import type { Event } from '../core/events.js';
import { type ChangeSource, CredentialWatch } from './credential-watch.js';

type Subscriber = Parameters<ChangeSource['subscribe']>[1];

let subscriber: Subscriber;
let now: number;
let timers: { at: number; run: () => void }[];
let live: Set<string>;
let ended: string[];
let failures: unknown[];
let keys: CredentialWatch;

beforeEach(() => {
  now = 1_000;
  timers = [];
  live = new Set(['k1', 'k2', 'k3']);
  ended = [];
  failures = [];
  keys = new CredentialWatch({
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

function watch(
  name: string,
  credential: string,
  more: { by?: string; agent?: string; person?: string; org?: string; expiresAt?: number } = {},
): () => void {
  return keys.watch(
    {
      credential,
      by: `key:${credential}`,
      org: 'default',
      agent: undefined,
      person: undefined,
      expiresAt: undefined,
      ...more,
    },
    () => ended.push(name),
  );
}

function happened(...events: Event[]): void {
  subscriber.changes({ changes: events.map((event): Change => ({ org: 'default', at: now, event })) });
}

test('what a revoked key holds ends once, and nothing that other keys hold', () => {
  watch('socket', 'k1');
  watch('stream', 'k1');
  watch('other', 'k2');
  happened({ type: 'key.revoked', org: 'default', key: 'k1', by: 'key:k0' });
  happened({ type: 'key.revoked', org: 'default', key: 'k1', by: 'key:k0' });
  expect(ended).toEqual(['socket', 'stream']);
});

test('what a session holds ends with it, and when it goes on elsewhere', () => {
  watch('feed', 's1');
  watch('other', 's2');
  happened({ type: 'session.switched', session: 's1', org: 'elsewhere' });
  happened({ type: 'session.ended', session: 's2', cause: 'revoked' });
  expect(ended).toEqual(['feed', 'other']);
});

test('what a member holds in an organisation ends when its role there changes or it is removed', () => {
  watch('there', 's1', { person: 'ada' });
  watch('elsewhere', 's2', { person: 'ada', org: 'elsewhere' });
  watch('other', 's3', { person: 'bob' });
  happened({ type: 'member.changed', org: 'default', person: 'ada', role: 'viewer', by: 'key:k0' });
  expect(ended).toEqual(['there']);
  happened({ type: 'member.removed', org: 'elsewhere', person: 'ada', by: 'key:k0' });
  expect(ended).toEqual(['there', 'elsewhere']);
});

test('what a rotated key holds goes on until the overlap ends', () => {
  watch('socket', 'k1');
  const rotated = { type: 'key.rotated' as const, org: 'default', key: 'k1', replacedBy: 'k2', by: 'key:k0' };
  happened({ ...rotated, expiresAt: now + 5_000 });
  const [timer] = timers;
  expect(timer?.at).toBe(now + 5_000);
  expect(ended).toEqual([]);
  timer?.run();
  expect(ended).toEqual(['socket']);
});

test('what has ended by itself is forgotten', () => {
  watch('socket', 'k1')();
  happened({ type: 'key.revoked', org: 'default', key: 'k1', by: 'key:k0' });
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

test('what a session of a key holds ends with the key that was replaced, and not later than the session', () => {
  watch('stream', 's1', { by: 'key:k1', expiresAt: 90_000 });
  watch('short', 's2', { by: 'key:k1', expiresAt: 2_000 });
  watch('other', 's3', { by: 'key:k2', expiresAt: 90_000 });
  happened({ type: 'key.rotated', org: 'default', key: 'k1', replacedBy: 'k9', expiresAt: 5_000, by: 'key:k1' });
  expect(timers.map(({ at }) => at).sort()).toEqual([2_000, 5_000, 90_000]);
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
  const caller = { credential: 'k1', by: 'key:k1', org: 'default' };
  keys.watch({ ...caller, agent: undefined, person: undefined, expiresAt: undefined }, () => {
    throw new Error('no');
  });
  watch('socket', 'k1');
  happened({ type: 'key.revoked', org: 'default', key: 'k1', by: 'key:k0' });
  expect(ended).toEqual(['socket']);
  expect(failures).toHaveLength(1);
});

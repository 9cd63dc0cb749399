import { beforeEach, expect, it } from 'vitest';
import { AccountWatch } from './account-watch.js';
import type { SpentAccount } from './core/attempt.js';
import { jobIn } from './core/fixture.js';

const MINUTE = 60_000;
let now = Date.parse('2026-11-30T12:00:00.000Z');
let watch: AccountWatch;

beforeEach(() => {
  now = Date.parse('2026-11-30T12:00:00.000Z');
  const accounts = [
    { name: 'work', home: '/w' },
    { name: 'home', home: '/h' },
    { name: 'work', kind: 'codex', home: '/c' },
  ] as const;
  watch = new AccountWatch({ kind: 'claude', accounts }, () => now);
});

const job = (...spent: readonly SpentAccount[]) => jobIn('running', { runner: { kind: 'claude', model: null }, spent });
const limit = (name: string, resetsAt: string | null = null): SpentAccount => ({ name, why: 'limit', resetsAt });

it('knows the accounts of each runner apart', () => {
  expect(watch.choose('claude')?.names).toEqual(['work', 'home']);
  expect(watch.choose('codex')?.names).toEqual(['work']);
  expect(watch.choose('opencode')).toBeUndefined();
  watch.follow(job(), job(limit('work')));
  expect(watch.choose('claude')?.names).toEqual(['home']);
  expect(watch.choose('codex')?.names).toEqual(['work']);
});

it('uses an account again when its limit has ended; one without an end after a while', () => {
  watch.follow(null, job(limit('work', new Date(now + 60 * MINUTE).toISOString()), limit('home')));
  now += 15 * MINUTE;
  expect(watch.choose('claude')?.names).toEqual(['home']);
  now += 45 * MINUTE;
  expect(watch.choose('claude')?.names).toEqual(['work', 'home']);
});

it('counts what it has seen once', () => {
  const spent = job(limit('work'));
  watch.follow(job(), spent);
  now += 10 * MINUTE;
  watch.follow(spent, spent);
  now += 5 * MINUTE;
  expect(watch.choose('claude')?.names).toEqual(['work', 'home']);
});

it('believes no limit that lasts for ever', () => {
  watch.follow(null, job(limit('work', '2999-01-01T00:00:00Z')));
  now += 32 * 24 * 60 * MINUTE;
  expect(watch.choose('claude')?.names).toEqual(['work', 'home']);
});

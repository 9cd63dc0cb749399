import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultConfig } from '../core/config/config.js';
import { holderKey, type LimitSizes, Limits, type Rule } from './limits.js';

const A = { id: 'a' };
const B = { id: 'b' };
const SIZE = { perMinute: 600, burst: 5 };

function limits(sizes: Partial<LimitSizes> = { messages: SIZE }): Limits {
  return new Limits(() => ({ ...defaultConfig.values.limits, ...sizes }));
}

describe('a limit', () => {
  test('lets through the burst, then refuses and says when to retry', () => {
    const limiter = limits();
    for (let i = 0; i < 5; i++) expect(limiter.take('messages', A, 0).ok).toBe(true);
    expect(limiter.take('messages', A, 0)).toMatchObject({ ok: false, warn: false, retryAfterMs: 100 });
    expect(limiter.refuse('messages', A, 0)).toMatchObject({ code: 'rate.limited', retryAfterMs: 100 });
    expect(limiter.take('messages', A, 100).ok).toBe(true);
  });

  test('holds for one key and one rule', () => {
    const limiter = limits({ messages: SIZE, enrolments: SIZE });
    for (let i = 0; i < 5; i++) limiter.take('messages', A, 0);
    expect(limiter.take('messages', A, 0).ok).toBe(false);
    expect(limiter.take('messages', B, 0).ok).toBe(true);
    expect(limiter.take('enrolments', A, 0).ok).toBe(true);
  });

  test('takes nothing for a refusal', () => {
    const limiter = limits();
    for (let i = 0; i < 5; i++) limiter.take('messages', A, 0);
    for (let i = 0; i < 50; i++) expect(limiter.take('messages', A, 50).ok).toBe(false);
    expect(limiter.take('messages', A, 100).ok).toBe(true);
  });

  test('warns once each time it runs low', () => {
    const limiter = limits();
    const warnings = Array.from({ length: 5 }, () => limiter.take('messages', A, 0).warn);
    expect(warnings).toEqual([false, false, false, true, false]);
    expect(limiter.take('messages', A, 10_000)).toMatchObject({ ok: true, warn: false, retryAfterMs: 0 });
  });

  test('is one and the same over an account and beside it', () => {
    const limiter = limits();
    const account = limiter.accountOf(A);
    for (let i = 0; i < 5; i++) expect(account.owe('messages', 0).waitMs).toBe(0);
    expect(limiter.take('messages', A, 0).ok).toBe(false);
    expect(account.owe('messages', 0)).toEqual({ warn: false, waitMs: 100 });
    expect(account.owe('messages', 10_000).waitMs).toBe(0);
    for (let i = 0; i < 4; i++) limiter.take('messages', A, 10_000);
    expect(account.owe('messages', 10_000).waitMs).toBe(100);
  });

  test('of another size holds for an account, too', () => {
    let messages = SIZE;
    const account = new Limits(() => ({ ...defaultConfig.values.limits, messages })).accountOf(A);
    account.owe('messages', 0);
    messages = { perMinute: 600, burst: 1 };
    expect(account.owe('messages', 0).waitMs).toBe(0);
    expect(account.owe('messages', 0).waitMs).toBe(100);
  });

  test('of another size holds at once', () => {
    let messages = SIZE;
    const limiter = new Limits(() => ({ ...defaultConfig.values.limits, messages }));
    for (let i = 0; i < 3; i++) limiter.take('messages', A, 0);
    messages = { perMinute: 600, burst: 1 };
    expect(limiter.take('messages', A, 0).ok).toBe(true);
    expect(limiter.take('messages', A, 0).ok).toBe(false);
  });

  test('never lets more through than burst plus rate times time, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 200 }), { maxLength: 300 }), (steps) => {
        const limiter = limits();
        let now = 0;
        let latest = 0;
        let through = Number(limiter.take('messages', A, 0).ok);
        for (const step of steps) {
          now += step;
          latest = Math.max(latest, now);
          if (limiter.take('messages', A, now).ok) through++;
        }
        expect(through).toBeLessThanOrEqual(SIZE.burst + (latest * (SIZE.perMinute / 60)) / 1000);
      }),
    );
  });

  test('says what is left of it', () => {
    const limiter = limits();
    expect(limiter.take('messages', A, 0).level).toEqual({ left: 4, burst: 5, perMinute: 600 });
    for (let i = 0; i < 5; i++) limiter.take('messages', A, 0);
    expect(limiter.take('messages', A, 50).level.left).toBe(0);
  });

  test('of a key that was given more is so many times larger', () => {
    const limiter = limits();
    const more = { id: 'a', times: 3 };
    for (let i = 0; i < 15; i++) expect(limiter.take('messages', more, 0).ok).toBe(true);
    expect(limiter.take('messages', more, 0)).toMatchObject({ ok: false, retryAfterMs: 34 });
  });

  test('costs what is asked for, and more than a burst costs a whole one', () => {
    const limiter = limits();
    expect(limiter.take('messages', A, 0, 4).ok).toBe(true);
    expect(limiter.take('messages', A, 0, 4)).toMatchObject({ ok: false, retryAfterMs: 300 });
    expect(limiter.take('messages', B, 0, 50).ok).toBe(true);
    expect(limiter.take('messages', B, 0).ok).toBe(false);
  });
});

describe('an organisation', () => {
  const own = (id: string, org = 'o') => ({ id, org });
  const small = { messages: SIZE, organisationShare: 2 };

  test('has so many times the limit of one key for all of them, and another one has its own', () => {
    const limiter = limits(small);
    for (const id of ['a', 'b']) {
      for (let i = 0; i < 5; i++) expect(limiter.take('messages', own(id), 0).ok).toBe(true);
    }
    expect(limiter.take('messages', own('c'), 0)).toMatchObject({ ok: false, retryAfterMs: 50 });
    expect(limiter.take('messages', own('c', 'other'), 0).ok).toBe(true);
  });

  test('shares neither what was refused to others nor their connections: a fleet comes back at once', () => {
    const limiter = limits({ violations: SIZE, connects: SIZE, organisationShare: 2 });
    for (const rule of ['violations', 'connects'] as const) {
      for (let agent = 0; agent < 50; agent++) {
        for (let i = 0; i < 5; i++) expect(limiter.take(rule, own(`a${agent}`), 0).ok, rule).toBe(true);
        expect(limiter.take(rule, own(`a${agent}`), 0).ok, rule).toBe(false);
      }
    }
  });

  test('that refuses costs the key nothing', () => {
    const limiter = limits(small);
    for (const id of ['a', 'b']) for (let i = 0; i < 5; i++) limiter.take('messages', own(id), 0);
    for (let i = 0; i < 9; i++) limiter.take('messages', own('c'), 0);
    expect(limiter.take('messages', own('c'), 500).level.left).toBe(4);
  });

  test('says who met a limit, slowed or refused', () => {
    const throttled: string[] = [];
    const limiter = new Limits(
      () => ({ ...defaultConfig.values.limits, ...small }),
      (rule, holder, effect) => throttled.push(`${holderKey(holder)}: ${rule} ${effect}`),
    );
    for (let i = 0; i < 7; i++) limiter.take('messages', own('a'), 0);
    for (let i = 0; i < 6; i++) limiter.owe('messages', { id: '10.0.0.1' }, 0);
    expect(throttled).toEqual([
      `${own('a').org} a: messages refused`,
      `${own('a').org} a: messages refused`,
      '10.0.0.1: messages slowed',
    ]);
  });
});

describe('what must not be refused', () => {
  test('is owed, and paid back in time', () => {
    const limiter = limits();
    for (let i = 0; i < 5; i++) expect(limiter.owe('messages', A, 0).waitMs).toBe(0);
    expect(limiter.owe('messages', A, 0).waitMs).toBe(100);
    expect(limiter.owe('messages', A, 0).waitMs).toBe(200);
    expect(limiter.owe('messages', A, 1_000)).toEqual({ warn: false, waitMs: 0 });
  });

  test('never adds up to more than a burst', () => {
    const limiter = limits();
    for (let i = 0; i < 100; i++) limiter.owe('messages', A, 0);
    expect(limiter.owe('messages', A, 0).waitMs).toBe(500);
  });

  test('warns once each time it runs low', () => {
    const limiter = limits();
    const warnings = Array.from({ length: 7 }, () => limiter.owe('messages', A, 0).warn);
    expect(warnings).toEqual([false, false, false, true, false, false, false]);
  });
});

test('none of the limits is one that can never refuse, or that lets nobody through', () => {
  const limiter = limits({});
  const { organisationShare: _share, ...rules } = defaultConfig.values.limits;
  for (const [rule, { burst }] of Object.entries(rules) as [Rule, { burst: number }][]) {
    const outcomes = Array.from({ length: burst + 1 }, () => limiter.take(rule, A, 0).ok);
    expect([outcomes[0], outcomes.at(-1)], rule).toEqual([true, false]);
  }
});

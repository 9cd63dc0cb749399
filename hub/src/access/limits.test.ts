import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultConfig } from '../core/config/config.js';
import { type LimitSizes, Limits } from './limits.js';

const SIZE = { perMinute: 600, burst: 5 };

function limits(sizes: Partial<LimitSizes> = { messages: SIZE }): Limits {
  return new Limits(() => ({ ...defaultConfig.values.limits, ...sizes }));
}

describe('a limit', () => {
  test('lets through the burst, then refuses and says when to retry', () => {
    const limiter = limits();
    for (let i = 0; i < 5; i++) expect(limiter.take('messages', 'a', 0).ok).toBe(true);
    expect(limiter.take('messages', 'a', 0)).toEqual({ ok: false, warn: false, retryAfterMs: 100 });
    expect(limiter.refuse('messages', 'a', 0)).toMatchObject({ code: 'rate.limited', retryAfterMs: 100 });
    expect(limiter.take('messages', 'a', 100).ok).toBe(true);
  });

  test('holds for one key and one rule', () => {
    const limiter = limits({ messages: SIZE, enrolments: SIZE });
    for (let i = 0; i < 5; i++) limiter.take('messages', 'a', 0);
    expect(limiter.take('messages', 'a', 0).ok).toBe(false);
    expect(limiter.take('messages', 'b', 0).ok).toBe(true);
    expect(limiter.take('enrolments', 'a', 0).ok).toBe(true);
  });

  test('takes nothing for a refusal', () => {
    const limiter = limits();
    for (let i = 0; i < 5; i++) limiter.take('messages', 'a', 0);
    for (let i = 0; i < 50; i++) expect(limiter.take('messages', 'a', 50).ok).toBe(false);
    expect(limiter.take('messages', 'a', 100).ok).toBe(true);
  });

  test('warns once each time it runs low', () => {
    const limiter = limits();
    const warnings = Array.from({ length: 5 }, () => limiter.take('messages', 'a', 0).warn);
    expect(warnings).toEqual([false, false, false, true, false]);
    expect(limiter.take('messages', 'a', 10_000)).toEqual({ ok: true, warn: false, retryAfterMs: 0 });
  });

  test('of another size holds at once', () => {
    let messages = SIZE;
    const limiter = new Limits(() => ({ ...defaultConfig.values.limits, messages }));
    for (let i = 0; i < 3; i++) limiter.take('messages', 'a', 0);
    messages = { perMinute: 600, burst: 1 };
    expect(limiter.take('messages', 'a', 0).ok).toBe(true);
    expect(limiter.take('messages', 'a', 0).ok).toBe(false);
  });

  test('never lets more through than burst plus rate times time, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 200 }), { maxLength: 300 }), (steps) => {
        const limiter = limits();
        let now = 0;
        let latest = 0;
        let through = Number(limiter.take('messages', 'a', 0).ok);
        for (const step of steps) {
          now += step;
          latest = Math.max(latest, now);
          if (limiter.take('messages', 'a', now).ok) through++;
        }
        expect(through).toBeLessThanOrEqual(SIZE.burst + (latest * (SIZE.perMinute / 60)) / 1000);
      }),
    );
  });
});

test('none of the limits is one that can never refuse, or that lets nobody through', () => {
  const limiter = limits({});
  for (const [rule, { burst }] of Object.entries(defaultConfig.values.limits) as [
    keyof LimitSizes,
    { burst: number },
  ][]) {
    const outcomes = Array.from({ length: burst + 1 }, () => limiter.take(rule, 'a', 0).ok);
    expect([outcomes[0], outcomes.at(-1)], rule).toEqual([true, false]);
  }
});

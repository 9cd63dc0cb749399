import { FAILURE_CLASSES, type FailureClass } from '@agentcom/schemas';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { afterFailure, countsAsAttempt, passOverMs, retryDelayMs } from './retry.js';
import { defaultSettings as settings } from './settings.js';

const failed = (failure: FailureClass, attempts: number, more: { resetsAt?: number; random?: number } = {}) =>
  afterFailure({
    failure,
    attempts,
    maxAttempts: 3,
    resetsAt: more.resetsAt,
    now: 1_000_000,
    random: more.random ?? 0.5,
    settings,
  });

test('the delay doubles with each attempt up to the cap, with full jitter', () => {
  expect([1, 2, 3, 4].map((attempt) => retryDelayMs(attempt, 0.5, settings))).toEqual([2_500, 5_000, 10_000, 20_000]);
  expect(retryDelayMs(30, 0.999_999, settings)).toBeLessThan(settings.retryCapMs);
  expect(retryDelayMs(1, 0, settings)).toBe(0);
});

test('the delay is never negative and never past the cap', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, random) => {
        const delay = retryDelayMs(attempt, random, settings);
        expect(Number.isInteger(delay) && delay >= 0 && delay <= settings.retryCapMs).toBe(true);
      },
    ),
  );
});

test('an agent is passed over for longer each time, up to the cap', () => {
  expect([1, 2, 3].map((times) => passOverMs(times, settings))).toEqual([5_000, 10_000, 20_000]);
  expect(passOverMs(1_000, settings)).toBe(settings.passOverCapMs);
});

describe.each(FAILURE_CLASSES)('%s', (failure) => {
  const isFinal = failure === 'permanent' || failure === 'budget';

  test('counts unless it is a usage limit', () => {
    expect(countsAsAttempt(failure)).toBe(failure !== 'rate_limited');
  });

  test('with attempts left', () => {
    const next = failed(failure, 1);
    if (isFinal) expect(next).toEqual({ state: 'dead', cause: failure });
    else
      expect(next).toMatchObject({
        state: 'scheduled',
        reason: failure === 'rate_limited' ? 'rate_limited' : 'backoff',
      });
  });

  test('with all attempts used', () => {
    const next = failed(failure, 3);
    if (failure === 'rate_limited') expect(next.state).toBe('scheduled');
    else expect(next).toEqual({ state: 'dead', cause: isFinal ? failure : 'attempts_used' });
  });
});

test('a usage limit waits until it resets, and a while when it says nothing or the past', () => {
  expect(failed('rate_limited', 0, { resetsAt: 5_000_000 })).toMatchObject({ dueAt: 5_000_000 });
  expect(failed('rate_limited', 0, { resetsAt: 1 })).toMatchObject({ dueAt: 1_000_000 + settings.retryBaseMs });
  expect(failed('rate_limited', 0)).toMatchObject({ dueAt: 1_000_000 + settings.retryBaseMs });
});

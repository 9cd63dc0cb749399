import { FAILURE_CLASSES, type FailureClass } from '@agentcom/schemas';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultSettings as settings } from '../settings.js';
import { afterFailure, countsAsAttempt, limitedUntil, passOverMs, retryDelayMs } from './retry.js';

const LIMIT_ENDS_AT = 5_000_000;

const failed = (failure: FailureClass, attempts: number, isBudgetUsed = false) =>
  afterFailure({
    failure,
    attempts,
    maxAttempts: 3,
    isBudgetUsed,
    limitEndsAt: LIMIT_ENDS_AT,
    now: 1_000_000,
    random: 0.5,
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

test('with the budget used there is no further attempt, whatever ended this one', () => {
  for (const failure of FAILURE_CLASSES) {
    const cause = failure === 'permanent' ? 'permanent' : 'budget';
    expect(failed(failure, 1, true)).toEqual({ state: 'dead', cause });
  }
});

test('a usage limit parks the task until it counts as over', () => {
  expect(failed('rate_limited', 0)).toMatchObject({ dueAt: LIMIT_ENDS_AT });
});

test('a usage limit counts as over when it resets, or after a while that doubles when nothing or the past was said', () => {
  const now = 1_000_000;
  expect(limitedUntil(5_000_000, 1, now, settings)).toBe(5_000_000);
  expect(limitedUntil(1, 1, now, settings)).toBe(now + settings.retryBaseMs);
  expect([1, 2, 3].map((times) => limitedUntil(undefined, times, now, settings) - now)).toEqual([
    5_000, 10_000, 20_000,
  ]);
  expect(limitedUntil(undefined, 1_000, now, settings)).toBe(now + settings.retryCapMs);
  expect(limitedUntil(Number.MAX_SAFE_INTEGER, 1, now, settings)).toBe(now + 31 * 24 * 3_600_000);
});

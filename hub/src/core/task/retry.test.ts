import { configWith, FAILURE_CLASSES, type FailureClass } from '@agentcom/schemas';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { afterFailure, countsAsAttempt, limitedUntil, passOverMs, retryDelayMs } from './retry.js';

const config = configWith({}).tasks;
const LIMIT_ENDS_AT = 5_000_000;

const failed = (failure: FailureClass, attempts: number, isBudgetUsed = false) =>
  afterFailure({
    failure,
    attempts,
    maxAttempts: 3,
    isBudgetUsed,
    limitEndsAt: LIMIT_ENDS_AT,
    isForOthers: false,
    hasOtherRoutes: false,
    timesHere: 1,
    now: 1_000_000,
    random: 0.5,
    config,
  });

test('the delay doubles with each attempt up to the cap, with full jitter', () => {
  expect([1, 2, 3, 4].map((attempt) => retryDelayMs(attempt, 0.5, config))).toEqual([2_500, 5_000, 10_000, 20_000]);
  expect(retryDelayMs(30, 0.999_999, config)).toBeLessThan(config.retryCapSeconds * 1000);
  expect(retryDelayMs(1, 0, config)).toBe(0);
});

test('the delay is never negative and never past the cap', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, random) => {
        const delay = retryDelayMs(attempt, random, config);
        expect(Number.isInteger(delay) && delay >= 0 && delay <= config.retryCapSeconds * 1000).toBe(true);
      },
    ),
  );
});

test('an agent is passed over for longer each time, up to the cap', () => {
  expect([1, 2, 3].map((times) => passOverMs(times, config))).toEqual([5_000, 10_000, 20_000]);
  expect(passOverMs(1_000, config)).toBe(config.passOverCapSeconds * 1000);
});

describe.each(FAILURE_CLASSES.filter((name) => name !== 'machine'))('%s', (failure) => {
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

test('a fault of the machine puts the task back at once, until one agent has had it as often as there may be offers', () => {
  const on = (timesHere: number, attempts = 3, isForOthers = false) =>
    afterFailure({
      ...{ failure: 'machine', attempts, maxAttempts: 3, isBudgetUsed: false, limitEndsAt: LIMIT_ENDS_AT },
      ...{ timesHere, isForOthers, hasOtherRoutes: false, now: 1_000_000, random: 0.5, config },
    });
  expect(countsAsAttempt('machine')).toBe(false);
  expect(on(1)).toEqual({ state: 'queued', passOverUntil: 1_005_000 });
  expect(on(1, 0, true)).toEqual({ state: 'queued', passOverUntil: 4_600_000 });
  expect(on(2, 0)).toEqual({ state: 'queued', passOverUntil: 1_010_000 });
  expect(on(config.maxOffers)).toEqual({ state: 'dead', cause: 'no_taker' });
});

test('a usage limit parks the task until it counts as over', () => {
  expect(failed('rate_limited', 0)).toMatchObject({ dueAt: LIMIT_ENDS_AT });
});

test('a usage limit counts as over when it resets, or after a while that doubles when nothing or the past was said', () => {
  const now = 1_000_000;
  expect(limitedUntil(5_000_000, 1, now, config)).toBe(5_000_000);
  expect(limitedUntil(1, 1, now, config)).toBe(now + config.retryBaseSeconds * 1000);
  expect([1, 2, 3].map((times) => limitedUntil(undefined, times, now, config) - now)).toEqual([5_000, 10_000, 20_000]);
  expect(limitedUntil(undefined, 1_000, now, config)).toBe(now + config.retryCapSeconds * 1000);
  expect(limitedUntil(Number.MAX_SAFE_INTEGER, 1, now, config)).toBe(now + 31 * 24 * 3_600_000);
});

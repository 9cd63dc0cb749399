import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addUsage, grownUsage } from './usage.js';

test('nothing and something is something', () => {
  const usage = { inputTokens: 3, currency: 'EUR' };
  expect(addUsage(undefined, usage)).toBe(usage);
  expect(addUsage(usage, undefined)).toBe(usage);
  expect(addUsage(undefined, undefined)).toBeUndefined();
});

test('a missing figure stays missing, and counts as nothing beside one that is there', () => {
  expect(addUsage({ inputTokens: 3 }, { inputTokens: 4, costMicros: 5, currency: 'EUR' })).toEqual({
    inputTokens: 7,
    costMicros: 5,
    currency: 'EUR',
  });
});

test('the order of attempts does not matter', () => {
  const figure = fc.option(fc.nat(1_000_000), { nil: undefined });
  const usage = fc
    .record({ inputTokens: figure, outputTokens: figure, costMicros: figure, seconds: figure })
    .map((figures) => Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined)));
  fc.assert(
    fc.property(usage, usage, usage, (a, b, c) => {
      expect(addUsage(addUsage(a, b), c)).toEqual(addUsage(c, addUsage(b, a)));
    }),
  );
});

test('within an attempt no figure shrinks, and one that is left out stays', () => {
  expect(grownUsage(undefined, { inputTokens: 3 })).toEqual({ inputTokens: 3 });
  expect(
    grownUsage(
      { inputTokens: 9, costMicros: 5, currency: 'EUR' },
      { inputTokens: 4, outputTokens: 7, currency: 'USD' },
    ),
  ).toEqual({ inputTokens: 9, outputTokens: 7, costMicros: 5, currency: 'EUR' });
});

import { NO_CURRENCY } from '@agentcom/schemas';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Usage } from './events.js';
import { addUsage, costInAll, costsIn, grownUsage, inOneCost, isSameUsage, usageSince } from './usage.js';

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

test('within an attempt the cost of each currency grows by itself', () => {
  const both = { costMicros: 5, currency: 'EUR', otherCosts: [{ currency: 'USD', costMicros: 7 }] };
  expect(grownUsage({ costMicros: 5, currency: 'EUR' }, both)).toEqual(both);
  expect(grownUsage(both, { costMicros: 9, currency: 'EUR' })).toEqual({ ...both, costMicros: 9 });
  expect(grownUsage({ costMicros: 5, currency: 'EUR' }, { costMicros: 7, currency: 'USD' })).toEqual(both);
  expect(grownUsage({ costMicros: 5 }, { costMicros: 7, currency: 'USD' })).toEqual({ costMicros: 7, currency: 'USD' });
  expect(isSameUsage(both, grownUsage(both, both))).toBe(true);
  expect(isSameUsage({ ...both, otherCosts: [{ currency: 'USD', costMicros: 8 }] }, both)).toBe(false);
});

test('within an attempt a cost that gets its currency late is counted once, whatever the order and repetition of reports', () => {
  const amount = fc.integer({ min: 1, max: 1_000_000 });
  const report = fc.record({ percent: fc.nat(100), isNamed: fc.boolean(), hasOthers: fc.boolean() });
  const world = fc.record({
    main: amount,
    others: fc.dictionary(fc.constantFrom('USD', 'GBP'), amount),
    reports: fc.array(report, { maxLength: 6 }),
    at: fc.nat(6),
  });
  fc.assert(
    fc.property(world, ({ main, others, reports, at }) => {
      const costs = Object.entries(others).map(([currency, costMicros]) => ({ currency, costMicros }));
      const last = { percent: 100, isNamed: true, hasOthers: true };
      const said = [...reports.slice(0, at), last, ...reports.slice(at)].map(
        ({ percent, isNamed, hasOthers }): Usage => ({
          costMicros: Math.floor((main * percent) / 100),
          ...(isNamed && { currency: 'EUR' }),
          ...(hasOthers && costs.length > 0 && { otherCosts: costs }),
        }),
      );
      const used = said.reduce<Usage | undefined>((before, one) => grownUsage(before, one), undefined) ?? {};
      expect(Object.fromEntries(costsIn(used))).toEqual({ EUR: main, ...others });
    }),
  );
});

test('a cost without a currency stays apart from one that is said beside it', () => {
  const nameless = { costMicros: 9, otherCosts: [{ currency: 'USD', costMicros: 7 }] };
  const turned = { costMicros: 7, currency: 'USD', otherCosts: [{ currency: NO_CURRENCY, costMicros: 9 }] };
  expect(costInAll(grownUsage(nameless, turned))).toBe(16);
  expect(costInAll(grownUsage(turned, nameless))).toBe(16);
});

test('costs in several currencies are not added up, and each can be taken off again', () => {
  const eur = { costMicros: 5, currency: 'EUR', inputTokens: 1 };
  const usd = { costMicros: 7, currency: 'USD', inputTokens: 2 };
  const both = addUsage(eur, usd);
  expect(both).toEqual({
    costMicros: 5,
    currency: 'EUR',
    inputTokens: 3,
    otherCosts: [{ currency: 'USD', costMicros: 7 }],
  });
  expect(addUsage(both, usd)?.otherCosts).toEqual([{ currency: 'USD', costMicros: 14 }]);
  expect(usageSince(both, usd)).toEqual({ costMicros: 5, currency: 'EUR', inputTokens: 1 });
  expect(usageSince(both, eur)).toMatchObject({ costMicros: 0, otherCosts: [{ currency: 'USD', costMicros: 7 }] });
  expect(addUsage({ costMicros: 3 }, usd)).toMatchObject({ costMicros: 3, otherCosts: [{ costMicros: 7 }] });
  expect(costInAll(both ?? {})).toBe(12);
  expect(inOneCost(both ?? {})).toEqual({ costMicros: 12, currency: 'EUR', inputTokens: 3 });
});

test('a currency without a cost names none', () => {
  expect(addUsage({ inputTokens: 1, currency: 'EUR' }, { costMicros: 5, currency: 'USD' })).toEqual({
    inputTokens: 1,
    costMicros: 5,
    currency: 'USD',
  });
});

import { expect, test } from 'vitest';
import { formatAmount } from '../../money.js';
import { costLines, daily, daysOf, forecastOf, perHour, shareOf } from './amounts.js';

const NOON = Date.parse('2026-03-10T12:00:00Z');
const usd = (costMicros: number) => ({ currency: 'USD', costMicros });
const eur = (costMicros: number) => ({ currency: 'EUR', costMicros });

test('what nobody knows is unknown, and never zero', () => {
  expect(costLines({ costs: [], unknownCost: 3, attempts: 3 })).toEqual(['unknown']);
  expect(costLines({ costs: [], unknownCost: 0, attempts: 2 })).toEqual(['unknown']);
  expect(costLines({ costs: [], unknownCost: 0, attempts: 0 })).toEqual(['nothing']);
  expect(costLines({ costs: [usd(0)], unknownCost: 0, attempts: 1 })).toEqual(['$0.00']);
  expect(costLines({ costs: [usd(1_000_000)], unknownCost: 2, attempts: 5 })).toEqual(['$1.00', 'and 2 unknown']);
});

test('currencies stay apart, and what has none says so', () => {
  expect(costLines({ costs: [eur(2_000_000), usd(3_000_000)], unknownCost: 0, attempts: 2 })).toEqual([
    '$3.00',
    '€2.00',
  ]);
  expect(formatAmount({ currency: 'XXX', costMicros: 1_500_000 })).toBe('1.50 without a currency');
  expect(shareOf([usd(1)], [usd(4)])).toBe(25);
  expect(shareOf([eur(1)], [usd(4)])).toBe(0);
  expect(shareOf([usd(1)], [usd(4), eur(1)])).toBeUndefined();
  expect(shareOf([], [])).toBeUndefined();
});

test('an hour costs what the day has so far, once the day is an hour old', () => {
  expect(perHour([usd(24_000_000), eur(12_000_000)], NOON)).toEqual([usd(2_000_000), eur(1_000_000)]);
  expect(perHour([usd(24_000_000)], Date.parse('2026-03-10T00:59:00Z'))).toBeUndefined();
});

test('the forecast is of this month alone', () => {
  const of = (month: string, forecastMicros: number) => ({ month, currency: 'USD', spentMicros: 1, forecastMicros });
  expect(forecastOf([of('2026-02', 5), of('2026-03', 9)], NOON)).toEqual([usd(9)]);
});

test('a period has its first and last day', () => {
  expect(daysOf('today', NOON)).toEqual({ from: '2026-03-10', to: '2026-03-10' });
  expect(daysOf('yesterday', NOON)).toEqual({ from: '2026-03-09', to: '2026-03-09' });
  expect(daysOf('month', NOON)).toEqual({ from: '2026-03-01', to: '2026-03-10' });
  expect(daysOf('7d', NOON)).toEqual({ from: '2026-03-04', to: '2026-03-10' });
});

test('every day of the period has one value, of one currency', () => {
  const items = [
    { group: { day: '2026-03-10' }, costs: [usd(2_000_000), eur(9_000_000)] },
    { group: { day: '2026-03-08' }, costs: [usd(500_000)] },
  ];
  expect(daily(items, { from: '2026-03-08', to: '2026-03-10' }, 'USD').costs).toEqual([0.5, 0, 2]);
  expect(daily(items, { from: '2026-03-08', to: '2026-03-10' }, 'EUR').at).toHaveLength(3);
});

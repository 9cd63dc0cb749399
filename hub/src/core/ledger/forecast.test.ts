import { expect, test } from 'vitest';
import { dayOf } from '../access/usage.js';
import { forecastOf } from './forecast.js';
import { noFigures, OrgLedger } from './ledger.js';

const NOON = Date.UTC(2027, 0, 21, 12);

function ledgerWith(...spent: readonly (readonly [daysAgo: number, micros: number, currency?: string])[]): OrgLedger {
  const own = new OrgLedger();
  for (const [daysAgo, micros, currency = 'USD'] of spent) {
    const day = dayOf(NOON) - daysAgo;
    own.add(day, undefined, { ...noFigures(), cost: { [currency]: micros } });
  }
  return own;
}

const forecast = (own: OrgLedger) => forecastOf([['default', own]], NOON, undefined);

test('a month goes on as in the last seven days, from what it has cost so far', () => {
  const own = ledgerWith([30, 1_000], [7, 300], [1, 400], [0, 50]);
  const spentMicros = 750;
  expect(forecast(own)).toEqual([
    { month: '2027-01', currency: 'USD', spentMicros, forecastMicros: spentMicros + 100 * 10.5 },
  ]);
});

test('with less history it goes on as in the days there are, or as today', () => {
  expect(forecast(ledgerWith([2, 100], [0, 10]))).toMatchObject([{ forecastMicros: 110 + 50 * 10.5 }]);
  expect(forecast(ledgerWith([0, 10]))).toMatchObject([{ forecastMicros: 10 + 10 * 10.5 }]);
});

test('each currency by itself', () => {
  expect(forecast(ledgerWith([1, 10], [0, 4, 'EUR'])).map(({ currency }) => currency)).toEqual(['EUR', 'USD']);
  expect(forecastOf([], NOON, undefined)).toEqual([]);
});

import { expect, test } from 'vitest';
import { ApiError } from '../../api/problem.js';
import { atFields, limitBody, scopeText, valuesOf } from './limit-values.js';

const USED = { costMicros: 0, tokens: 0, unpricedTokens: 0, unknownCost: 0, otherCosts: [] };
const SINCE = { used: USED, share: 0, since: '2026-03-10T00:00:00Z' };

test('amounts are typed in whole units and sent in millionths', () => {
  const values = { currency: 'eur', dayMoney: '2,50', monthMoney: '800', totalTokens: '5000000' };
  expect(limitBody(values)).toEqual({
    currency: 'EUR',
    day: { costMicros: 2_500_000 },
    month: { costMicros: 800_000_000 },
    total: { tokens: 5_000_000 },
  });
  expect(limitBody({ currency: 'USD', dayTokens: '5' })).toEqual({ day: { tokens: 5 } });
});

test('a limit that there is comes back as it was', () => {
  const windows = [
    { window: 'day' as const, costMicros: 2_500_000, tokens: 7, ...SINCE },
    { window: 'total' as const, tokens: 9, ...SINCE },
  ];
  const values = valuesOf({ currency: 'EUR', windows });
  expect(limitBody(values)).toEqual({
    currency: 'EUR',
    day: { costMicros: 2_500_000, tokens: 7 },
    total: { tokens: 9 },
  });
});

test('what cannot be read is said at its field', () => {
  const fieldsOf = (values: Record<string, string>): string[] => {
    try {
      limitBody(values);
    } catch (error) {
      return [...(error as ApiError).fields.keys()];
    }
    return [];
  };
  expect(fieldsOf({ dayMoney: 'much', monthTokens: '1.5' })).toEqual(['/dayMoney', '/monthTokens']);
  expect(fieldsOf({ currency: 'USD' })).toEqual(['/dayMoney']);
});

test('what the hub says stands at the field where it was typed', () => {
  const fields = new Map([
    ['/day/costMicros', 'a'],
    ['/month/tokens', 'b'],
    ['/total', 'c'],
    ['/scope', 'd'],
    ['/currency', 'e'],
  ]);
  const told = atFields(new ApiError('request.invalid', 400, 'no', fields));
  expect([...told.fields.keys()]).toEqual(['/dayMoney', '/monthTokens', '/totalMoney', '/value', '/currency']);
});

test('a scope is its kind and which one', () => {
  expect([scopeText('org', undefined), scopeText('label', 'team=roof')]).toEqual(['org', 'label:team=roof']);
});

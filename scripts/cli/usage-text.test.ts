import { expect, test } from 'vitest';
import { budgetText, money, usageText } from './usage-text.js';

test.each([
  [420_000, 'USD', '0.42 USD'],
  [0, 'EUR', '0.00 EUR'],
  [4_200, 'USD', '0.0042 USD'],
  [10_000, 'USD', '0.01 USD'],
  [1_234_500_000, undefined, '1234.50'],
])('%d micro-units of %s are %s', (micros, currency, text) => {
  expect(money(micros, currency)).toBe(text);
});

test('what is not known is left out, and nothing known is nothing said', () => {
  expect(usageText({ costMicros: 420_000, currency: 'USD', inputTokens: 12_345, outputTokens: 6, seconds: 90 })).toBe(
    '0.42 USD, 12,345 tokens in, 6 tokens out, 1 min',
  );
  expect(usageText({ outputTokens: 0 })).toBe('0 tokens out');
  expect(usageText({})).toBeUndefined();
});

test('a budget is said with what was used of it', () => {
  const usage = { costMicros: 420_000, currency: 'USD', inputTokens: 1_000, outputTokens: 200 };
  expect(budgetText({ budget: { costMicros: 2_000_000, tokens: 5_000 }, usage })).toBe(
    '0.42 of 2.00 USD, 1,200 of 5,000 tokens',
  );
  expect(budgetText({ budget: { tokens: 5_000 } })).toBe('0 of 5,000 tokens');
  expect(budgetText({ budget: { costMicros: 2_000_000, tokens: 5_000 }, usage: { seconds: 3 } })).toBe(
    'an unknown amount of 2.00, an unknown amount of 5,000 tokens',
  );
  expect(budgetText({ usage })).toBeUndefined();
});

import { expect, test } from 'vitest';
import { choiceText, preferredText, routesText, runnerText } from './show-routes.js';

test('a list reads in its order, and what was chosen says why', () => {
  expect(preferredText(['claude', 'codex'])).toBe('claude, codex');
  expect(preferredText(undefined)).toBeUndefined();
  const choice = { runner: 'codex', model: 'gpt-5.5', place: 2, of: 2, because: 'claude: at its\nlimit' };
  expect(choiceText({ choice })).toBe('codex with gpt-5.5, choice 2 of 2: claude: at its limit');
  expect(choiceText({ choice: { ...choice, place: 1, of: 1 } })).toBeUndefined();
  expect(runnerText({ runner: ['claude', 'codex'], choice })).toBe('codex');
  expect(runnerText({ runner: ['claude', 'codex'] })).toBe('claude, codex');
});

test('what each may cost has a line', () => {
  const routes = [
    { runner: 'codex', costMicros: 900_000, currency: 'USD', n: 12 },
    { runner: 'claude', model: 'm', costMicros: 3_000_000, currency: 'USD', n: 1, byPrice: true as const },
    { model: 'x' },
  ];
  expect(routesText({ routes, maxCost: 2_000_000 })?.split('\n')).toEqual([
    'at most 2.00',
    '0.90 USD with codex (p90 from 12 tasks)',
    '3.00 USD with claude with m (p90 from 1 task, at list prices, too much)',
    'unknown with the usual runner with x',
  ]);
  expect(routesText({ routes })).toBeUndefined();
});

import { expect, test } from 'vitest';
import { isFiring, wantsAttention } from './attention.js';

const firing = { state: 'firing', rule: 'NoAgents' } as const;

test.each([
  ['fires', firing, true],
  ['is pending', { ...firing, state: 'pending' }, false],
  ['is resolved', { ...firing, state: 'resolved' }, false],
  ['somebody has taken on', { ...firing, acknowledged: { by: 'ada', at: 1 } }, false],
  ['is silenced', { ...firing, silenced: 's' }, false],
  ['another one explains', { ...firing, mutedBy: 'NoLeader' }, false],
  ['always fires', { ...firing, rule: 'Watchdog' }, false],
] as const)('an alert that %s wants somebody: %#', (_, alert, isWanted) => {
  expect(wantsAttention(alert)).toBe(isWanted);
});

test('the watchdog is not counted among what fires', () => {
  expect(isFiring(firing)).toBe(true);
  expect(isFiring({ ...firing, rule: 'Watchdog' })).toBe(false);
});

import { expect, test } from 'vitest';
import { isTimeZone, windowAt } from './windows.js';

const at = (text: string): number => Date.parse(text);

test.each([
  ['day', '2026-01-31T23:30:00Z', 'UTC', '2026-01-31T00:00:00Z', '2026-02-01T00:00:00Z'],
  ['day', '2026-01-31T23:30:00Z', 'Europe/Berlin', '2026-01-31T23:00:00Z', '2026-02-01T23:00:00Z'],
  ['day', '2026-03-29T12:00:00Z', 'Europe/Berlin', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'],
  ['day', '2026-10-25T12:00:00Z', 'Europe/Berlin', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'],
  ['day', '2026-01-31T12:00:00Z', 'Asia/Kathmandu', '2026-01-30T18:15:00Z', '2026-01-31T18:15:00Z'],
  ['month', '2026-02-01T02:00:00Z', 'America/New_York', '2026-01-01T05:00:00Z', '2026-02-01T05:00:00Z'],
  ['month', '2026-12-31T23:59:59.999Z', 'UTC', '2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z'],
] as const)('the %s of %s in %s', (window, time, zone, since, until) => {
  expect(windowAt(window, at(time), zone)).toEqual({ since: at(since), until: at(until) });
});

test('a day whose midnight is left out begins with its first moment', () => {
  // In Beirut the clocks went from 23:59 to 01:00 that night.
  expect(windowAt('day', at('2024-03-31T12:00:00Z'), 'Asia/Beirut').since).toBe(at('2024-03-30T22:00:00Z'));
});

test('each ends where the next begins', () => {
  for (let time = at('2026-01-01T00:00:00Z'), i = 0; i < 400; i++) {
    const { until = 0 } = windowAt('day', time, 'Australia/Lord_Howe');
    expect(windowAt('day', until, 'Australia/Lord_Howe').since).toBe(until);
    time = until;
  }
});

test('a total has no end', () => {
  expect(windowAt('total', 5, 'UTC')).toEqual({ since: 5, until: undefined });
});

test('names of time zones are known', () => {
  expect(['UTC', 'Europe/Berlin', 'Mars/Base'].map(isTimeZone)).toEqual([true, true, false]);
});

import { expect, it } from 'vitest';
import { futureTime, pastTime } from './times.js';

const NOW = Date.parse('2026-01-31T12:00:00Z');

it.each([
  ['2h', '2026-01-31T14:00:00.000Z'],
  ['+90s', '2026-01-31T12:01:30.000Z'],
  ['1d', '2026-02-01T12:00:00.000Z'],
  ['2026-02-01T01:00:00+01:00', '2026-02-01T00:00:00.000Z'],
  ['2026-02-01 01:00+0100', '2026-02-01T00:00:00.000Z'],
  ['2026-02-01T00:00Z', '2026-02-01T00:00:00.000Z'],
  ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
])('%s is a time to come', (text, at) => {
  expect(futureTime(text)(NOW)).toBe(at);
});

it('takes a length of time as one that has passed', () => {
  expect(pastTime('2h')(NOW)).toBe('2026-01-31T10:00:00.000Z');
});

it('takes a day by its name as its beginning here', () => {
  const noon = new Date(2026, 0, 31, 12).getTime();
  expect(pastTime('yesterday')(noon)).toBe(new Date(2026, 0, 30).toISOString());
  expect(pastTime('Monday')(noon)).toBe(new Date(2026, 0, 26).toISOString());
});

it('takes a date without a zone as local time', () => {
  expect(futureTime('2026-02-01')(NOW)).toBe(new Date(2026, 1, 1).toISOString());
  expect(futureTime('2026-02-01 09:30')(NOW)).toBe(new Date(2026, 1, 1, 9, 30).toISOString());
});

it.each([
  'tomorrow',
  '2026-02-30',
  '2026-02-30T12:00:00Z',
  '2026-02-29',
  '2026-13-01',
  '2026-00-10',
  '2026-01-31T24:00',
  '2026-01-31T12:60Z',
  '2026-01-31T12:00:00+99:00',
  '31.1.2026',
  '-2h',
  '',
])('%j is no time', (text) => {
  expect(() => futureTime(text)).toThrow('must be a time');
});

import { expect, it } from 'vitest';
import { quietUntil } from './quiet-hours.js';

const night = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };
const until = (at: string, hours = night) => {
  const end = quietUntil(Date.parse(at), hours);
  return end === undefined ? undefined : new Date(end).toISOString();
};

it.each([
  ['2026-01-15T21:30:40Z', '2026-01-16T06:00:00.000Z'],
  ['2026-01-15T05:59:59Z', '2026-01-15T06:00:00.000Z'],
  ['2026-01-15T06:00:00Z', undefined],
  ['2026-01-15T20:59:00Z', undefined],
  ['2026-07-15T04:59:00Z', '2026-07-15T05:00:00.000Z'],
])('at %s it is quiet until %s', (at, end) => {
  expect(until(at)).toBe(end);
});

it('may be within a day, and in a zone with a part of an hour', () => {
  const noon = { from: '12:00', to: '13:00', timeZone: 'Asia/Kolkata' };
  expect(until('2026-01-15T06:45:00Z', noon)).toBe('2026-01-15T07:30:00.000Z');
  expect(until('2026-01-15T07:30:00Z', noon)).toBeUndefined();
});

it('ends by a second look when clocks were put forward in the night', () => {
  const first = until('2026-03-28T22:00:00Z');
  expect(first).toBe('2026-03-29T06:00:00.000Z');
  expect(until('2026-03-29T05:00:00Z')).toBeUndefined();
});

import { expect, it } from 'vitest';
import { DiskTrend } from './disk-trend.js';

const MINUTE = 60_000;

it('says how much less is free each second, over the last hour', () => {
  const trend = new DiskTrend();
  for (let minute = 0; minute <= 90; minute++)
    trend.note(minute < 30 ? 1e6 : 1e6 - (minute - 30) * 600, minute * MINUTE);
  expect(trend.lostPerSecond).toBe(10);
});

it('says nothing before it has seen a quarter of an hour, or of a disk that it does not know', () => {
  const trend = new DiskTrend();
  trend.note(Number.POSITIVE_INFINITY, 0);
  trend.note(1e6, MINUTE);
  trend.note(0, MINUTE + 1);
  trend.note(1e6, 15 * MINUTE);
  expect(trend.lostPerSecond).toBeUndefined();
  trend.note(1e6 + 900, 16 * MINUTE);
  expect(trend.lostPerSecond).toBe(-1);
});

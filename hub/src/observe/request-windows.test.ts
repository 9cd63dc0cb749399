import { expect, it } from 'vitest';
import { RequestWindows } from './request-windows.js';

const MINUTE = 60_000;

it('counts answers by minute: what failed, and what was told to retry', () => {
  const windows = new RequestWindows();
  for (const status of [200, 404, 500, 502, 503, 507]) windows.count(status, 0);
  windows.count(200, 10 * MINUTE);
  expect(windows.over(60, 10 * MINUTE)).toEqual({ all: 7, failed: 2, busy: 2 });
  expect(windows.over(5, 10 * MINUTE)).toEqual({ all: 1, failed: 0, busy: 0 });
});

it('forgets what is older than an hour, and is not confused by a clock that was set back', () => {
  const windows = new RequestWindows();
  for (let minute = 0; minute < 100; minute++) windows.count(500, minute * MINUTE);
  windows.count(500, 0);
  expect(windows.over(1_000, 99 * MINUTE)).toEqual({ all: 61, failed: 61, busy: 0 });
});

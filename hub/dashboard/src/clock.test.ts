import { afterEach, expect, test, vi } from 'vitest';
import { hubTimeIs, now, startClock } from './clock.js';

afterEach(() => {
  hubTimeIs(new Date().toUTCString());
  vi.useRealTimers();
});

test('ages are by the clock of the hub, and do not jump because of parts of a second', () => {
  vi.useFakeTimers({ now: Date.parse('2026-03-01T12:00:00.900Z') });
  const page = { hidden: false, addEventListener: () => undefined } as unknown as Document;
  hubTimeIs('Sun, 01 Mar 2026 12:00:00 GMT');
  startClock(page);
  expect(now.value).toBe(Date.now());
  hubTimeIs('Sun, 01 Mar 2026 13:00:00 GMT');
  vi.advanceTimersByTime(1_000);
  expect(new Date(now.value).toISOString()).toBe('2026-03-01T13:00:01.000Z');
  hubTimeIs(null);
  hubTimeIs('Sun, 01 Mar 2026 13:00:02 GMT');
  vi.advanceTimersByTime(1_000);
  expect(new Date(now.value).toISOString()).toBe('2026-03-01T13:00:02.000Z');
});

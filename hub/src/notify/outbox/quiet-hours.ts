// When quiet hours end, by the clock on the wall of a time zone.

import { LRUCache } from 'lru-cache';
import type { QuietHours } from '../ports.js';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

/** Making one takes longer than all uses of it. */
const clocks = new LRUCache<string, Intl.DateTimeFormat>({ max: 64 });

/**
 * Undefined outside of them. On a day when clocks are put forward or back it may name an hour too early or too late: whoever waits looks
 * again then.
 */
export function quietUntil(now: number, { from, to, timeZone }: QuietHours): number | undefined {
  const minute = minuteOfDay(now, timeZone);
  const [start, end] = [minutesOf(from), minutesOf(to)];
  const isQuiet = start <= end ? minute >= start && minute < end : minute >= start || minute < end;
  if (!isQuiet) return undefined;
  const left = (end - minute + DAY_MINUTES) % DAY_MINUTES;
  return Math.floor(now / MINUTE_MS) * MINUTE_MS + left * MINUTE_MS;
}

function minuteOfDay(now: number, timeZone: string): number {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('en', { timeZone, hourCycle: 'h23', hour: '2-digit', minute: '2-digit' });
    clocks.set(timeZone, clock);
  }
  return minutesOf(clock.format(now));
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

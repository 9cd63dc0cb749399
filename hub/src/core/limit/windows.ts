// Days and months in a time zone, as times. What follows from it stands in events, so a replay needs no time zones.

import type { LimitWindow } from '@agentcom/schemas';

const HOUR_MS = 3_600_000;
/** Longer than any day and shorter than two; longer than any month and shorter than two. */
const SPANS_MS: Readonly<Record<'day' | 'month', number>> = { day: 30 * HOUR_MS, month: 33 * 24 * HOUR_MS };

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The window that `at` is in, wall time in ms: from its first moment up to the first of the next one. A total has no end and begins now. */
export function windowAt(
  window: LimitWindow,
  at: number,
  timeZone: string,
): { readonly since: number; readonly until: number | undefined } {
  if (window === 'total') return { since: at, until: undefined };
  const nameAt = namesIn(timeZone, window);
  const name = nameAt(at);
  const isIn = (time: number): boolean => nameAt(time) === name;
  const span = SPANS_MS[window];
  return { since: boundary(at - span, at, isIn), until: boundary(at, at + span, (time) => !isIn(time)) };
}

/** The first time at which it is so, of a time when it is not yet and one when it is. */
function boundary(before: number, after: number, isSo: (time: number) => boolean): number {
  let low = before;
  let high = after;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isSo(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function namesIn(timeZone: string, window: 'day' | 'month'): (time: number) => string {
  const day = window === 'day' ? ({ day: '2-digit' } as const) : {};
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    calendar: 'gregory',
    year: 'numeric',
    month: '2-digit',
    ...day,
  });
  return (time) => format.format(time);
}

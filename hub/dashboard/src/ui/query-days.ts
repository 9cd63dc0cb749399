// Days in queries are those of the clock that the page shows; the hub is asked for times of UTC.

import { inUtc, type QueryClock, type QueryList } from '@agentcom/schemas/query';
import { clockMode, now } from '../clock.js';

export function queryClock(): QueryClock {
  const zone = clockMode.value === 'utc' ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone;
  return { now: now.peek(), zone };
}

/** As the hub is asked. */
export function askedQuery(list: QueryList, q: string): string {
  return inUtc(list, q, queryClock());
}

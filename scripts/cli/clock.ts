// Whether the clock of this machine is the hub's: whatever is said to have been some minutes ago is read off both.

import type { Invocation } from './invocation.js';
import { checkClock } from './join/hub-checks.js';

/** What is wrong with the clocks, if anything; `date` is that of an answer of the hub which was asked for at `askedAt`, and has just come. */
export function clockDifference(date: string | undefined, askedAt: number, now: number): string | undefined {
  const clock = date === undefined ? undefined : checkClock(Date.parse(date), askedAt, now);
  return clock === undefined || clock.state === 'pass' ? undefined : `the clock of this machine ${clock.detail}`;
}

/** Beside an answer with times in it. */
export function warnOfClock({ out, world }: Invocation, date: string | undefined, askedAt: number): void {
  const difference = clockDifference(date, askedAt, world.now());
  if (difference !== undefined) out.warning(`${difference}: the times shown are off by as much`);
}

// The time, once a second while somebody looks, and whether people read it in their own zone or in UTC.

import { signal } from '@preact/signals';
import type { ClockMode } from './format.js';
import { storedChoice } from './stored.js';

export const CLOCK_MODES = ['local', 'utc'] as const satisfies readonly ClockMode[];
export const clockMode = storedChoice<ClockMode>('clock', CLOCK_MODES, 'local');

const DATE_WITHIN_MS = 2_000;

/** How far the clock of the hub is ahead of this one, ms: ages are by the hub's. */
let aheadMs = 0;

/** By the clock of the hub, as far as that is known. */
export const now = signal(Date.now());

/** From the `date` header, which has whole seconds: a smaller difference is ignored. */
export function hubTimeIs(date: string | null): void {
  const ms = Date.parse(date ?? '') - Date.now();
  if (Math.abs(ms - aheadMs) > DATE_WITHIN_MS) aheadMs = ms;
}

export function startClock(page: Document): void {
  const tick = (): void => {
    now.value = Date.now() + aheadMs;
  };
  let timer: ReturnType<typeof setInterval> | undefined;
  const follow = (): void => {
    clearInterval(timer);
    if (page.hidden) return;
    tick();
    timer = setInterval(tick, 1000);
  };
  page.addEventListener('visibilitychange', follow);
  follow();
}

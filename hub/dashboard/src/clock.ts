// The time, once a second while somebody looks, and whether people read it in their own zone or in UTC.

import { signal } from '@preact/signals';
import type { ClockMode } from './format.js';
import { storedChoice } from './stored.js';

export const CLOCK_MODES = ['local', 'utc'] as const satisfies readonly ClockMode[];
export const clockMode = storedChoice<ClockMode>('clock', CLOCK_MODES, 'local');

/** How far the clock of the hub is ahead of this one, ms: ages are by the hub's. */
let aheadMs = 0;

/** By the clock of the hub, as far as that is known. */
export const now = signal(Date.now());

export function hubTimeIs(iso: string): void {
  const at = Date.parse(iso);
  if (!Number.isNaN(at)) aheadMs = at - Date.now();
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

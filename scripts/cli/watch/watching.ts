// When somebody is told that a hub is down, and that it is back: once each, and only after it has been down for a while. Pure.

export type Seen = { readonly up: true } | { readonly up: false; readonly why: string };

export interface Watching {
  /** Since when every look found it down, ms. */
  readonly downSince?: number;
  readonly isTold: boolean;
}

export interface Report {
  readonly state: 'down' | 'up';
  readonly since: number;
  readonly why?: string;
}

export const UNTOLD: Watching = { isTold: false };

/** So long as `downMs` a hub may be down, or restart, before somebody is told. */
export function watchingAfter(
  before: Watching,
  seen: Seen,
  now: number,
  downMs: number,
): { readonly after: Watching; readonly report?: Report } {
  const since = before.downSince ?? now;
  if (seen.up) return before.isTold ? { after: UNTOLD, report: { state: 'up', since } } : { after: UNTOLD };
  const isDue = !before.isTold && now - since >= downMs;
  const after = { downSince: since, isTold: before.isTold || isDue };
  return isDue ? { after, report: { state: 'down', since, why: seen.why } } : { after };
}

// What the navigation shows of the organisation: what waits on each page, and whether anything was completed yet. Pure.

import type { LiveOverview } from '@agentcom/schemas';

/** By the path of the page; nothing where nothing waits, or nobody knows. */
export function countsOf(overview: LiveOverview | undefined): ReadonlyMap<string, number> {
  const counts: readonly (readonly [path: string, n: number | undefined])[] = [
    ['/needs-you', overview?.needsYou],
    ['/dead-letters', overview?.tasks.dead],
    ['/alerts', overview?.firing],
  ];
  return new Map(counts.filter((one): one is readonly [string, number] => one[1] !== undefined && one[1] > 0));
}

/** Whether the first steps are done: a task was completed. */
export function isStarted(overview: LiveOverview | undefined): boolean {
  return (overview?.tasks.completed ?? 0) > 0;
}

// What waits on each page, as the navigation shows it. Pure.

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

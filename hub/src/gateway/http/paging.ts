// Pages of a list: the cursor names the last item of the page before, so that new items never shift what comes next.

import { LIMITS } from '@agentcom/schemas';

export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
}

/**
 * The items behind the cursor, at most `limit` of them. An item that has gone since is no trouble as long as the order
 * is by `keyOf`, rising or falling.
 */
export function pageOf<T, V>(
  all: readonly T[],
  asked: { readonly limit?: number; readonly cursor?: string },
  keyOf: (item: T) => string,
  show: (item: T) => V,
): Page<V> {
  const limit = asked.limit ?? LIMITS.pageItemsDefault;
  const start = asked.cursor === undefined ? 0 : startBehind(all, asked.cursor, keyOf);
  const items = all.slice(start, start + limit);
  const last = items.at(-1);
  const more = start + limit < all.length;
  return { items: items.map(show), nextCursor: more && last !== undefined ? keyOf(last) : null };
}

function startBehind<T>(all: readonly T[], cursor: string, keyOf: (item: T) => string): number {
  const exact = all.findIndex((item) => keyOf(item) === cursor);
  if (exact >= 0) return exact + 1;
  const first = all[0];
  const last = all.at(-1);
  if (first === undefined || last === undefined) return 0;
  const falls = keyOf(first) > keyOf(last);
  const behind = all.findIndex((item) => (falls ? keyOf(item) < cursor : keyOf(item) > cursor));
  return behind < 0 ? all.length : behind;
}

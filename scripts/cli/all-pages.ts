// More than one answer of a list: all of it, for what cannot be known from one page, or one page that is full.

import { LIMITS } from '@agentcom/schemas/limits';
import { type CommandError, failed } from './exit.js';

interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

interface Wanted {
  readonly limit: number;
  readonly cursor?: string;
}

export async function allPages<T>(pageAt: (query: Wanted) => Promise<Page<T>>): Promise<T[]> {
  const found: T[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await pageAt({ limit: LIMITS.pageItems, ...(cursor !== undefined && { cursor }) });
    found.push(...page.items);
    if (page.nextCursor === cursor) throw endless();
    cursor = page.nextCursor;
  }
  return found;
}

/** One page as full as it gets: the hub looks at so many items for each, and a filter may leave few of them. */
export async function fullPage<P extends Page<unknown>>(
  { limit, cursor }: Wanted,
  pageAt: (query: Wanted) => Promise<P>,
): Promise<P> {
  const first = await pageAt({ limit, ...(cursor !== undefined && { cursor }) });
  const items = [...first.items];
  let { nextCursor } = first;
  while (items.length < limit && nextCursor !== null) {
    const next = await pageAt({ limit: limit - items.length, cursor: nextCursor });
    items.push(...next.items);
    if (next.nextCursor === nextCursor) throw endless();
    nextCursor = next.nextCursor;
  }
  return { ...first, items, nextCursor };
}

function endless(): CommandError {
  return failed(
    'hub.not_a_hub',
    'the hub gave the same page twice',
    'Check the address of the hub, and any proxy before it.',
  );
}

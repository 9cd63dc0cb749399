// A whole list, for what cannot be known from one page of it.

import { LIMITS } from '@agentcom/schemas/limits';

interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export async function allPages<T>(
  pageAt: (query: { readonly limit: number; readonly cursor?: string }) => Promise<Page<T>>,
): Promise<T[]> {
  const found: T[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await pageAt({ limit: LIMITS.pageItems, ...(cursor !== undefined && { cursor }) });
    found.push(...page.items);
    cursor = page.nextCursor;
  }
  return found;
}

// All of a list that the hub gives page by page, up to a bound: for what cannot be known from one page.

interface OnePage<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** Of the largest pages: 10,000 items. What is beyond them is not looked at. */
const PAGES_MAX = 50;

export async function everyPage<T>(
  load: (cursor: { readonly cursor?: string }) => Promise<OnePage<T>>,
  pagesMax = PAGES_MAX,
): Promise<readonly T[]> {
  const found: T[] = [];
  let cursor: string | null | undefined;
  for (let pages = 0; cursor !== null && pages < pagesMax; pages++) {
    const page: OnePage<T> = await load(cursor === undefined ? {} : { cursor });
    found.push(...page.items);
    cursor = page.nextCursor;
  }
  return found;
}

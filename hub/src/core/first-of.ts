/** At most so many, in their order; no more of `items` are looked at. */
export function firstOf<T>(items: Iterable<T>, max: number): T[] {
  const first: T[] = [];
  for (const item of items) {
    if (first.length === max) break;
    first.push(item);
  }
  return first;
}

// An order as addresses and the hub have it: `age`, or `-age` the other way round. Pure.

export function sortKey(sort: string): string {
  return sort.replace(/^-/, '');
}

export function reversed(sort: string): string {
  return sort.startsWith('-') ? sortKey(sort) : `-${sort}`;
}

/** For notes: the first of many paths, and how many more there are. */
export function firstOf(paths: readonly string[], max = 5): string {
  const rest = paths.length - max;
  return `${paths.slice(0, max).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

// Known words that somebody may have meant by one that is not known.

const SHOWN_MAX = 6;

/** Of so many letters, one may be wrong. */
const LETTERS_PER_SLIP = 4;

/** The nearest first. */
export function similarTo(word: string, known: readonly string[]): readonly string[] {
  const given = word.toLowerCase();
  const parts = given.split(/[^a-z0-9]+/).filter((part) => part.length > 2);
  return known
    .map((one) => ({ one, lower: one.toLowerCase() }))
    .map(({ one, lower }) => ({ one, lower, slips: slipsBetween(given, lower) }))
    .filter(
      ({ lower, slips }) => slips <= given.length / LETTERS_PER_SLIP || parts.some((part) => lower.includes(part)),
    )
    .sort((a, b) => a.slips - b.slips)
    .map(({ one }) => one);
}

/** Letters left out, added, exchanged or changed places with their neighbour. */
function slipsBetween(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next[j] = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}

/** The first few, and that there are more. */
export function fewOf(words: readonly string[]): string {
  return `${words.slice(0, SHOWN_MAX).join(', ')}${words.length > SHOWN_MAX ? ', …' : ''}`;
}

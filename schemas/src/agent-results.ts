// How the last attempts of an agent ended: a letter for each, the newest last. Nothing is imported, so that a browser can read it, too.

/** What each letter stands for. */
export const RESULT_WORDS = {
  c: 'completed',
  f: 'failed',
  t: 'timed out',
  l: 'lost',
  m: 'failed by its machine',
  u: 'stopped by a usage limit',
} as const;
export type ResultLetter = keyof typeof RESULT_WORDS;

export const RESULTS_KEPT = 20;

/** Whoever has met a usage limit has not failed. */
const NO_FAILURES: ReadonlySet<string> = new Set<ResultLetter>(['c', 'u']);

export function isFailed(letter: string): boolean {
  return !NO_FAILURES.has(letter);
}

/** Undefined before the first result. */
export function failuresIn(results: string | undefined): number | undefined {
  return results === undefined ? undefined : [...results].filter(isFailed).length;
}

/** `17 completed, 3 failed`; what there is none of is left out. */
export function resultsText(results: string): string {
  const letters = Object.keys(RESULT_WORDS) as ResultLetter[];
  return letters
    .map((letter) => ({ letter, count: results.split(letter).length - 1 }))
    .filter(({ count }) => count > 0)
    .map(({ letter, count }) => `${count} ${RESULT_WORDS[letter]}`)
    .join(', ');
}

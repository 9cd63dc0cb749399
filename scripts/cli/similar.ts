// Known words that somebody may have meant by one that is not known.

const SHOWN_MAX = 6;

export function similarTo(word: string, known: readonly string[]): readonly string[] {
  const parts = word
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((part) => part.length > 2);
  return known.filter((one) => parts.some((part) => one.includes(part)));
}

/** The first few, and that there are more. */
export function fewOf(words: readonly string[]): string {
  return `${words.slice(0, SHOWN_MAX).join(', ')}${words.length > SHOWN_MAX ? ', …' : ''}`;
}

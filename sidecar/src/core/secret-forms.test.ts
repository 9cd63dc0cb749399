// The figures that the guide gives for masking are those of this test.

import { describe, expect, it } from 'vitest';
import { maskSecrets } from './mask.js';
import { ORDINARY_LINES, SECRET_CASES } from './secret-fixture.js';
import { FORM_AT, FORM_IN_WORD, PLACES } from './secret-forms.js';

/** So few characters of a secret tell nobody anything. */
const PIECE_CHARS = 8;

function showsPartOf(shown: string, secret: string): boolean {
  for (let at = 0; at + PIECE_CHARS <= secret.length; at += 1) {
    if (shown.includes(secret.slice(at, at + PIECE_CHARS))) return true;
  }
  return false;
}

describe('secrets', () => {
  it('are of at least a hundred formats, each named once', () => {
    expect(SECRET_CASES.length).toBeGreaterThanOrEqual(100);
    expect(new Set(SECRET_CASES.map(({ name }) => name)).size).toBe(SECRET_CASES.length);
    expect(SECRET_CASES.filter(({ secret }) => secret.length < PIECE_CHARS)).toEqual([]);
  });

  it('are masked in all of these formats', () => {
    const shown = SECRET_CASES.filter(({ line, secret }) => showsPartOf(maskSecrets(line, []), secret));
    expect(shown.map(({ name }) => name)).toEqual([]);
  });

  it('are masked once, and nothing of the next line with them', () => {
    for (const { line } of SECRET_CASES) {
      const masked = maskSecrets(line, []);
      expect(maskSecrets(masked, [])).toBe(masked);
      expect(maskSecrets(`${line}\nand the next line`, []).endsWith('\nand the next line')).toBe(true);
    }
  });

  it('are not seen in ordinary output', () => {
    expect(ORDINARY_LINES.length).toBeGreaterThanOrEqual(100);
    expect(ORDINARY_LINES.filter((line) => maskSecrets(line, []) !== line)).toEqual([]);
  });
});

describe('a pattern', () => {
  it('repeats without a bound only what it ends with', () => {
    const all = [FORM_AT, FORM_IN_WORD, ...PLACES.map(({ pattern }) => pattern)];
    expect(all.flatMap(({ source }) => openRepetitions(source))).toEqual([]);
    expect(openRepetitions('(a[*]{2,}|b+c)d')).toEqual(['(a[*]{2,}|b+']);
  });

  it('takes time in proportion to the line, whatever that is', () => {
    const begun = SECRET_CASES.map(({ line, secret }) => line.slice(0, line.indexOf(secret.slice(0, 4)) + 4));
    // A quadratic pattern takes longer than a test may.
    for (const piece of new Set(begun)) {
      expect(maskSecrets(piece.repeat(Math.ceil(100_000 / piece.length)), [])).toBeTypeOf('string');
    }
  });
});

/** Where something follows a `*`, `+` or `{n,}` but assertions' and groups' ends: each as the pattern up to there. */
function openRepetitions(source: string): string[] {
  const tokens = source.matchAll(/\\.|\[(?:\\.|[^\]\\])*\]|[*+]|\{\d+,\}/g);
  const ends = [...tokens].filter(([text]) => /^[*+{]/.test(text)).map(({ index, 0: text }) => index + text.length);
  const open = ends.filter((end) => !/^(?:\)(?:\{\d+,\d+\})?)*(?:$|\|)/.test(source.slice(end)));
  return open.map((end) => source.slice(Math.max(0, end - 40), end));
}

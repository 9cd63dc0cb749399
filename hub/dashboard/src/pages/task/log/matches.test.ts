import fc from 'fast-check';
import { expect, test } from 'vitest';
import { partsOf } from './ansi.js';
import { withMatches } from './matches.js';

const ESC = '\u001b';
const shown = (line: string, q: string): string =>
  withMatches(partsOf(line), q)
    .map(({ text, look, isMatch }) => {
      const part = look.length === 0 ? text : `<${look.join(' ')}:${text}>`;
      return isMatch ? `[${part}]` : part;
    })
    .join('');

test('every match is marked, in any case', () => {
  expect(shown('error: Error in ERRORS', 'Error')).toBe('[error]: [Error] in [ERROR]S');
  expect(shown('aaaa', 'aa')).toBe('[aa][aa]');
  expect(shown('nothing', 'x')).toBe('nothing');
  expect(shown('a b', ' ')).toBe('a b');
});

test('a match goes over the end of a colour, and keeps the colours', () => {
  expect(shown(`an ${ESC}[31mer${ESC}[0mror and ${ESC}[32merror${ESC}[0m`, 'error')).toBe(
    'an [<ansi-red:er>][ror] and [<ansi-green:error>]',
  );
});

test('characters that have more units in small letters keep the marks in their places', () => {
  expect(shown('İİ error 😀 error', 'error')).toBe('İİ [error] 😀 [error]');
  expect(shown('ΟΔΟΣ', 'οδος')).toBe('[ΟΔΟΣ]');
  expect(shown('İstanbul', 'i\u0307s')).toBe('[İs]tanbul');
});

test('what looks like markup is text', () => {
  expect(shown('<b>x</b>', '<B>')).toBe('[<b>]x</b>');
});

test('a line with very many matches has so many marks at most', () => {
  expect(withMatches(partsOf('ab'.repeat(8_000)), 'a').filter(({ isMatch }) => isMatch)).toHaveLength(200);
});

test('whatever is marked, the line is the same text', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'A', 'İ', 'ß', 'Σ', '😀', ' ', `${ESC}[31m`, `${ESC}[0m`), { maxLength: 30 }),
      fc.constantFrom('a', 'aa', 'i\u0307', 'σ', '😀', 'ß a'),
      (pieces, q) => {
        const parts = partsOf(pieces.join(''));
        const plain = parts.map(({ text }) => text).join('');
        const marked = withMatches(parts, q);
        expect(marked.map(({ text }) => text).join('')).toBe(plain);
        expect(marked.some(({ isMatch }) => isMatch)).toBe(plain.toLowerCase().includes(q));
      },
    ),
  );
});

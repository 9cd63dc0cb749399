import { describe, expect, it } from 'vitest';
import { clipped, columnsOf } from './columns.js';

describe('the columns of a text', () => {
  it.each([
    ['plain letters', 'task list', 9],
    ['letters with their marks apart', 'Zu\u0308rich', 6],
    ['characters of two columns', '日本語 한국어', 13],
    ['such of two UTF-16 units', '𠮷野', 4],
    ['an emoji of several characters', '👩‍💻', 2],
    ['a flag', '🇩🇪', 2],
    ['a keycap', '1️⃣', 2],
    ['signs of one column', '· … → ✓ ─', 9],
    ['characters that are not drawn', 'a\u200bb\u200cc\ufeff', 3],
    ['colours', '\u001b[31mred\u001b[39m', 3],
    ['nothing', '', 0],
  ])('are right for %s', (_what, text, columns) => {
    expect(columnsOf(text)).toBe(columns);
  });
});

describe('a clipped text', () => {
  it.each([
    ['is itself when it fits', 'abcde', 5, 'abcde'],
    ['ends in an ellipsis', 'abcdef', 5, 'abcd…'],
    ['has so many columns in any script', 'Привет, мир', 8, 'Привет,…'],
    ['leaves a column free rather than half a character', '日本語日本語', 6, '日本…'],
    ['keeps characters of two UTF-16 units', '𠮷𠮷𠮷𠮷', 6, '𠮷𠮷…'],
    ['keeps emoji whole', '👩‍💻👩‍💻👩‍💻', 4, '👩‍💻…'],
    ['keeps the mark of its last character', 'u\u0308u\u0308u\u0308u\u0308', 3, 'u\u0308u\u0308…'],
    ['is the ellipsis alone', 'abc', 1, '…'],
    ['is nothing', 'abc', 0, ''],
  ])('%s', (_what, text, columns, expected) => {
    expect(clipped(text, columns)).toBe(expected);
  });
});

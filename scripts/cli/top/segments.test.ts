import { describe, expect, it } from 'vitest';
import { between, cells, painted, wrapped } from './segments.js';

const loud = (text: string): string => `<${text}>`;

describe('a line', () => {
  it('is cut by columns, and coloured after that', () => {
    expect(painted([['one', loud], ' two'], 5)).toBe('<one> …');
    expect(
      painted(
        [
          ['one', loud],
          ['two', loud],
        ],
        3,
      ),
    ).toBe('<one>');
    expect(painted([['日本語', loud]], 5)).toBe('<日本…>');
  });

  it('has its end at the end, whole as long as it fits', () => {
    expect(between(['left'], [['right', loud]], 14)).toBe('left     <right>');
    expect(between(['a long beginning'], ['right'], 12)).toBe('a lon… right');
    expect(between(['left'], ['right'], 3)).toBe('ri…');
  });

  it('gives what is left to the cell without a width', () => {
    expect(
      painted(cells([{ text: 'a', width: 3 }, { text: 'much\ttext\nhere' }, { text: 'z', width: 1 }], 16), 16),
    ).toBe('a    much te…  z');
  });
});

describe('a text', () => {
  it('is broken between words', () => {
    expect(wrapped('one two three', 8, 5)).toEqual(['one two', 'three']);
    expect(wrapped('incomprehensible words', 8, 5)).toEqual(['incompr…', 'words']);
  });

  it('has no more lines than there may be', () => {
    expect(wrapped('one two three four', 8, 2)).toEqual(['one two', 'three f…']);
    expect(wrapped('one two three', 8, 1)).toEqual(['one two…']);
    expect(wrapped('', 8, 2)).toEqual(['']);
  });
});

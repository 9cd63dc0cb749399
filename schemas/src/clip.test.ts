import fc from 'fast-check';
import { expect, it } from 'vitest';
import { clip, clipCodePoints, clipEnd, ellipsize, tailOf } from './clip.js';

const bytesOf = (text: string) => Buffer.byteLength(text);

it('the beginning of a text fits and cuts no character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, max) => {
      const cut = clip(text, max);
      expect(bytesOf(cut)).toBeLessThanOrEqual(max);
      expect(text.startsWith(cut)).toBe(true);
      expect(bytesOf(text.slice(cut.length)) === 0 || bytesOf(cut) > max - 4).toBe(true);
    }),
  );
});

it('the end of a text fits and begins with a whole character', () => {
  expect(tailOf(Buffer.from('näher'), 100)).toBe('näher');
  expect(tailOf(Buffer.from('äöü'), 3)).toBe('ü');
  expect(tailOf(Buffer.from('äöü'), 4)).toBe('öü');
});

it('bytes that are no text do not make the end longer than asked for', () => {
  expect(bytesOf(tailOf(Buffer.alloc(50, 0xff), 20))).toBeLessThanOrEqual(20);
});

it('the end of a text is cut as its bytes are', () => {
  expect(clipEnd('äöü', 4)).toBe('öü');
});

it('code points are counted whole', () => {
  expect(clipCodePoints('a😀b', 2)).toBe('a😀');
  expect(clipCodePoints('a😀b', 4)).toBe('a😀b');
});

it('an ellipsis stands where a text was cut, and never behind half a character', () => {
  expect(ellipsize('a😀b', 4)).toBe('a😀b');
  expect(ellipsize('a😀b', 3)).toBe('a😀…');
  expect(ellipsize('a😀b', 2)).toBe('a…');
});

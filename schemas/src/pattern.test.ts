import fc from 'fast-check';
import { expect, it } from 'vitest';
import { matchesPattern } from './pattern.js';

it.each([
  ['main', 'main', true],
  ['main', 'main2', false],
  ['main', 'amain', false],
  ['release/*', 'release/1/x', true],
  ['release/*', 'release/', true],
  ['release/*', 'release', false],
  ['*-stable', 'v1-stable', true],
  ['*', '', true],
  ['a*b*c', 'abc', true],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'acb', false],
  ['ab*ba', 'aba', false],
  ['a.c', 'abc', false],
])('%s and %s: %s', (pattern, text, expected) => {
  expect(matchesPattern(pattern, text)).toBe(expected);
});

it('says what a regular expression would', () => {
  const few = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
  fc.assert(
    fc.property(few, text, (pattern, candidate) => {
      const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
      expect(matchesPattern(pattern, candidate)).toBe(expression.test(candidate));
    }),
  );
});

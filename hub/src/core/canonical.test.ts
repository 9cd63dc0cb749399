import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from './canonical.js';

test('equal values have equal texts, in whatever order their keys came', () => {
  expect(canonicalJson({ b: [2, { d: 1, c: null }], a: 'x' })).toBe('{"a":"x","b":[2,{"c":null,"d":1}]}');
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const backwards = Object.fromEntries(Object.entries(value).reverse());
      expect(canonicalJson(backwards)).toBe(canonicalJson(value));
    }),
  );
});

test('the text is the value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('a field to be left out is left out at the top, and kept where it is nested', () => {
  expect(canonicalJson({ id: 1, task: { id: 2 } }, new Set(['id']))).toBe('{"task":{"id":2}}');
  expect(canonicalJson({ id: 1 }, new Set(['id']))).toBe('{}');
});

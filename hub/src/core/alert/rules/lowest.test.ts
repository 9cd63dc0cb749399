import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Lowest } from './lowest.js';

test('has the first of all when these are sorted, and counts them', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30)), fc.nat(8), (keys, max) => {
      const lowest = new Lowest<string>(max);
      keys.forEach((key, i) => {
        lowest.add(key, `${key} ${i}`);
      });
      const sorted = keys.map((key, i) => ({ key, text: `${key} ${i}` })).sort((a, b) => a.key - b.key);
      expect(lowest.items).toEqual(sorted.slice(0, max).map(({ text }) => text));
      expect(lowest.count).toBe(keys.length);
    }),
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { agentNameFrom, SHIP_NAMES } from './agent-names.js';

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

test('there are at least eighty names, each once, each a name an agent may have', () => {
  expect(SHIP_NAMES.length).toBeGreaterThanOrEqual(80);
  expect(new Set(SHIP_NAMES).size).toBe(SHIP_NAMES.length);
  expect(SHIP_NAMES.filter((name) => !SLUG.test(name))).toEqual([]);
});

test('never a name that is taken, however many fly already', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { maxLength: 300, size: 'max' }),
      (draws) => {
        const taken = new Set<string>();
        for (const draw of draws) {
          const name = agentNameFrom(draw, (candidate) => taken.has(candidate));
          expect(taken.has(name)).toBe(false);
          expect(name).toMatch(SLUG);
          taken.add(name);
        }
      },
    ),
    { numRuns: 20 },
  );
});

test('once all names fly they get numbers', () => {
  const taken = new Set(SHIP_NAMES);
  expect(agentNameFrom(0, (name) => taken.has(name))).toBe(`${SHIP_NAMES[0]}-2`);
});

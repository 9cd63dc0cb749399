import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OrderedList } from './ordered-list.js';

interface Item {
  readonly at: number;
}

const byAt = (a: Item, b: Item): number => a.at - b.at;

test('is in order, whatever was added and removed in whatever order', () => {
  const act = fc.record({ at: fc.nat(2_000), removes: fc.boolean(), below: fc.nat(2_000) });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 1_500, size: 'max' }), fc.boolean(), (acts, rising) => {
      const list = new OrderedList<Item>(byAt);
      const model = new Map<number, Item>();
      const pool = Array.from({ length: 2_001 }, (_, at) => ({ at }));
      if (rising) for (const item of pool) list.add(item);
      if (rising) for (const item of pool) model.set(item.at, item);
      for (const { at, removes } of acts) {
        const item = pool[at] as Item;
        if (removes) expect(list.remove(item)).toBe(model.delete(at));
        else if (!model.has(at)) {
          list.add(item);
          model.set(at, item);
        }
      }
      const falling = [...model.keys()].sort((a, b) => b - a);
      expect(list.size).toBe(model.size);
      expect([...list.descending()].map(({ at }) => at)).toEqual(falling);
      for (const { below } of acts.slice(0, 5)) {
        expect([...list.descending(({ at }) => at < below)].map(({ at }) => at)).toEqual(
          falling.filter((at) => at < below),
        );
        expect([...list.ascending(({ at }) => at >= below)].map(({ at }) => at)).toEqual(
          falling.filter((at) => at >= below).reverse(),
        );
        expect(list.countWhile(({ at }) => at < below)).toBe(falling.filter((at) => at < below).length);
        const first = list.first(({ at }) => at >= below, 3_000);
        expect(first?.at).toBe(falling.findLast((at) => at >= below));
      }
    }),
    { numRuns: 60 },
  );
});

test('looks at no more items than it may', () => {
  const list = new OrderedList<Item>(byAt);
  for (let at = 0; at < 1_000; at++) list.add({ at });
  expect(list.first(({ at }) => at === 299, 300)?.at).toBe(299);
  expect(list.first(({ at }) => at === 300, 300)).toBeUndefined();
});

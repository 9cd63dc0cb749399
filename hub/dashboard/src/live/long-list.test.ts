import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LongList } from './long-list.js';

interface Item {
  readonly id: string;
  /** The newest has the highest. */
  readonly at: number;
  readonly n?: number;
}

const newestFirst = (a: Item, b: Item): number => b.at - a.at;
const item = (at: number, n = 0): Item => ({ id: `i${at}`, at, n });
const items = (from: number, to: number): Item[] => Array.from({ length: from - to + 1 }, (_, i) => item(from - i));
const ids = (list: LongList<Item>): number[] => list.shown.map(({ at }) => at);

/** The newest `limit` of `count`. */
function listOf(count: number, limit: number, isPaged = true): LongList<Item> {
  const list = new LongList<Item>({ compare: newestFirst, isPaged });
  list.begin('first', limit);
  list.onSnapshot('first', { seq: 1, total: count, items: items(count, Math.max(1, count - limit + 1)) });
  return list;
}

test('what is pushed out by newer rows stays; what leaves the list is marked, and goes when nobody points at it', () => {
  const list = listOf(10, 3);
  expect(ids(list)).toEqual([10, 9, 8]);
  list.onDelta('first', { seq: 2, total: 11, put: [item(11)], gone: ['i8'] });
  expect([ids(list), [...list.gone], list.waiting]).toEqual([[10, 9, 8], [], { count: 1, isMore: false }]);
  list.onDelta('first', { seq: 3, total: 10, put: [item(8)], gone: ['i9'] });
  expect([ids(list), [...list.gone]]).toEqual([[10, 9, 8], ['i9']]);
  list.dropGone();
  expect(ids(list)).toEqual([10, 8]);
});

test('without places that last, whatever is not among the first rows any more is gone', () => {
  const list = listOf(10, 3, false);
  list.onDelta('first', { seq: 2, put: [item(11)], gone: ['i8'] });
  expect([...list.gone]).toEqual(['i8']);
});

test('rows further on come as they come near, and are put at the end', () => {
  const list = listOf(1_000, 200);
  expect([list.nearFrom(0, 40), list.needsMore(40)]).toEqual([undefined, false]);
  const from = list.nearFrom(140, 180);
  expect(from).toEqual(item(900));
  list.begin('near', 400, from);
  list.onSnapshot('near', { seq: 2, items: items(900, 501) });
  expect([list.count, list.shown.at(-1)?.at, list.isAtEnd]).toEqual([500, 501, false]);
  expect([list.nearFrom(160, 190), list.nearFrom(190, 230)]).toEqual([undefined, item(900)]);
  list.begin('near', 400, list.nearFrom(430, 470));
  list.onSnapshot('near', { seq: 3, items: items(600, 201) });
  list.begin('near', 400, list.nearFrom(730, 770));
  list.onSnapshot('near', { seq: 4, items: items(300, 1) });
  expect([list.count, list.isAtEnd, list.needsMore(999)]).toEqual([1_000, true, false]);
});

test('a row in sight that left the list while it was out of the first ones is marked', () => {
  const list = listOf(10, 3);
  list.onDelta('first', { seq: 2, put: [item(11), item(12), item(13)], gone: ['i8', 'i9', 'i10'] });
  const from = list.nearFrom(0, 2);
  list.begin('near', 400, from);
  list.onSnapshot('near', { seq: 3, items: [item(10, 7), item(8), item(7)] });
  expect([ids(list), [...list.gone], list.shown[0]?.n]).toEqual([[10, 9, 8, 7], ['i9'], 7]);
});

test('all that is new is shown on request; behind a gap, the beginning alone', () => {
  const list = listOf(10, 3);
  list.onDelta('first', { seq: 2, put: [item(11)], gone: ['i8'] });
  list.showAll();
  expect([ids(list), list.waiting.count]).toEqual([[11, 10, 9, 8], 0]);
  list.onDelta('first', { seq: 3, put: [item(12), item(13), item(14)], gone: ['i9', 'i10', 'i11'] });
  expect(list.waiting).toEqual({ count: 3, isMore: true });
  list.showAll();
  expect(ids(list)).toEqual([14, 13, 12]);
});

test('a row that comes back is not gone any more', () => {
  const list = listOf(3, 5);
  list.onDelta('first', { seq: 2, put: [], gone: ['i2'] });
  list.onDelta('first', { seq: 3, put: [item(2, 1)], gone: [] });
  expect([ids(list), [...list.gone]]).toEqual([[3, 2, 1], []]);
});

/** As the hub does it: the first rows of what there is, and those from a place on. */
test('whatever happens, rows keep their order and their places, and all of them are there once they are asked for', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.constant('new' as const) },
    { weight: 2, arbitrary: fc.record({ gone: fc.nat(1_000) }) },
    { weight: 3, arbitrary: fc.record({ look: fc.nat(1_000) }) },
    fc.constantFrom('show' as const, 'drop' as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let there = items(12, 1);
      let next = 13;
      const LIMIT = 4;
      const list = new LongList<Item>({ compare: newestFirst, isPaged: true });
      list.begin('first', LIMIT);
      let from: Item | undefined;
      const after = (row: Item) => there.filter(({ at }) => at <= row.at);
      const tell = () => {
        list.onSnapshot('first', { seq: 1, total: there.length, items: there.slice(0, LIMIT) });
        if (from !== undefined) list.onSnapshot('near', { seq: 1, items: after(from).slice(0, LIMIT) });
      };
      tell();
      for (const one of steps) {
        const before = ids(list);
        if (one === 'new') there = [item(next++), ...there];
        else if (one === 'show') list.showAll();
        else if (one === 'drop') list.dropGone();
        else if ('gone' in one) there = there.filter((_, i) => i !== one.gone % Math.max(1, there.length));
        else {
          const at = one.look % Math.max(1, list.count);
          from = list.nearFrom(at, at);
          if (from === undefined) list.end('near');
          else list.begin('near', LIMIT, from);
        }
        tell();
        const now = ids(list);
        expect(now).toEqual(now.toSorted((a, b) => b - a));
        if (one !== 'show' && one !== 'drop') expect(now.slice(0, before.length)).toEqual(before);
      }
      list.dropGone();
      list.showAll();
      expect(ids(list).slice(0, LIMIT)).toEqual(there.slice(0, LIMIT).map(({ at }) => at));
    }),
  );
});

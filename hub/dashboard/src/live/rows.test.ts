import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dropGone, emptyList, type LiveList, onDelta, onSnapshot, showAll, shownRows } from './rows.js';

interface Item {
  readonly id: string;
  readonly n: number;
}

const item = (id: string, n = 0): Item => ({ id, n });
const first = onSnapshot(emptyList<Item>(), { seq: 1, total: 2, items: [item('b'), item('a')] });

test('what comes first is shown as it is ordered', () => {
  expect(first).toMatchObject({ seq: 1, total: 2, shown: ['b', 'a'], waiting: [] });
});

test('a row changes where it is, and a new one waits until it is asked for', () => {
  const next = onDelta(first, { seq: 2, total: 3, put: [item('a', 7), item('c')], gone: [] });
  expect(next).toMatchObject({ seq: 2, total: 3, shown: ['b', 'a'], waiting: ['c'] });
  expect(shownRows(next)).toEqual([item('b'), item('a', 7)]);
  expect(showAll(next).shown).toEqual(['c', 'b', 'a']);
  expect(showAll(next, (x, y) => (x.id < y.id ? -1 : 1)).shown).toEqual(['a', 'b', 'c']);
});

test('a row that is gone stays in its place until nobody points at the list', () => {
  const next = onDelta(first, { seq: 2, total: 1, put: [], gone: ['b'] });
  expect([next.shown, [...next.gone]]).toEqual([['b', 'a'], ['b']]);
  expect(dropGone(next)).toMatchObject({ shown: ['a'], gone: new Set() });
  expect([...onDelta(next, { seq: 3, put: [item('b', 1)], gone: [] }).gone]).toEqual([]);
});

test('when the last row that was shown is taken away, those that waited are shown', () => {
  const left = onDelta(first, { seq: 2, total: 1, put: [item('c')], gone: ['a', 'b'] });
  expect([left.shown, left.waiting]).toEqual([['b', 'a'], ['c']]);
  expect(dropGone(left)).toMatchObject({ shown: ['c'], waiting: [] });
});

test('a row that went while it waited is not shown at all', () => {
  const waiting = onDelta(first, { seq: 2, put: [item('c')], gone: [] });
  const next = onDelta(waiting, { seq: 3, put: [], gone: ['c', 'never seen'] });
  expect([next.waiting, next.rows.has('c')]).toEqual([[], false]);
});

test('where nothing is shown, the first row is shown at once', () => {
  const none = onSnapshot(emptyList<Item>(), { seq: 1, total: 0, items: [] });
  expect(onDelta(none, { seq: 2, total: 1, put: [item('a')], gone: [] })).toMatchObject({ shown: ['a'], waiting: [] });
});

test('a snapshot after a break moves nothing', () => {
  const again = onSnapshot(first, { seq: 9, total: 2, items: [item('c'), item('a', 3)] });
  expect(again).toMatchObject({ seq: 9, shown: ['b', 'a'], waiting: ['c'], gone: new Set(['b']) });
  expect(showAll(again).shown).toEqual(['c', 'a']);
});

/** What the hub has, told in full or in parts, in whatever order people look. */
test('after any frames, what is shown after all was asked for is what the hub has', () => {
  const id = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const step = fc.oneof(
    fc.record({ kind: fc.constant('put' as const), id, n: fc.nat(9) }),
    fc.record({ kind: fc.constant('gone' as const), id }),
    fc.record({ kind: fc.constantFrom('snapshot' as const, 'drop' as const, 'show' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const hub = new Map<string, Item>();
      let list: LiveList<Item> = onSnapshot(emptyList<Item>(), { seq: 0, items: [] });
      let seq = 0;
      for (const one of steps) {
        const before = list;
        seq++;
        if (one.kind === 'put') {
          hub.set(one.id, item(one.id, one.n));
          list = onDelta(list, { seq, put: [item(one.id, one.n)], gone: [] });
        } else if (one.kind === 'gone') {
          hub.delete(one.id);
          list = onDelta(list, { seq, put: [], gone: [one.id] });
        } else if (one.kind === 'snapshot') list = onSnapshot(list, { seq, items: [...hub.values()] });
        else if (one.kind === 'drop') list = dropGone(list);
        else list = showAll(list);
        if (before.shown.length > 0 && one.kind !== 'drop' && one.kind !== 'show')
          expect(list.shown).toBe(before.shown);
        expect(new Set(list.shown).size).toBe(list.shown.length);
        expect(list.waiting.filter((waits) => list.shown.includes(waits))).toEqual([]);
      }
      const all = shownRows(showAll(list)).toSorted((x, y) => (x.id < y.id ? -1 : 1));
      expect(all).toEqual([...hub.values()].toSorted((x, y) => (x.id < y.id ? -1 : 1)));
    }),
  );
});

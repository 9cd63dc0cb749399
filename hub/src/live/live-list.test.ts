import { comparePlaces, type RowPlace, type Sort } from '@agentcom/schemas';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ListLook, LiveList } from './live-list.js';

interface Thing {
  readonly id: string;
  readonly rank: number;
  readonly isWanted: boolean;
}

const byAge: Sort = { key: 'age', descending: false };

/** Things by id, in slices as small as the list asks for; the newest come first. */
class World {
  readonly things = new Map<string, Thing>();

  look(knowsCount: boolean): ListLook<Thing> {
    const newestFirst = [...this.things.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
    return {
      now: 0,
      find: (id) => this.things.get(id),
      counted: () => (knowsCount ? newestFirst.filter(({ isWanted }) => isWanted).length : undefined),
      slice: (cursor, max) => {
        const from = cursor === undefined ? newestFirst : newestFirst.filter(({ id }) => id < cursor);
        const things = from.slice(0, Math.min(max, 7));
        return { things, next: things.length < from.length ? things.at(-1)?.id : undefined };
      },
    };
  }

  wanted(placeOf: (thing: Thing) => RowPlace, limit: number): string[] {
    const matching = [...this.things.values()].filter(({ isWanted }) => isWanted).map(placeOf);
    return matching
      .sort(comparePlaces(byAge))
      .slice(0, limit)
      .map(({ id }) => id);
  }
}

const idOf = (n: number): string => String(n).padStart(4, '0');

type Step =
  | { readonly kind: 'put'; readonly n: number; readonly rank: number; readonly isWanted: boolean }
  | { readonly kind: 'gone'; readonly n: number }
  | { readonly kind: 'look' }
  | { readonly kind: 'again' };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      n: fc.nat(60),
      rank: fc.nat(9),
      isWanted: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('gone' as const), n: fc.nat(60) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'look' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'again' as const }) },
);

function apply(world: World, step: Step): string | undefined {
  if (step.kind === 'put')
    world.things.set(idOf(step.n), { id: idOf(step.n), rank: step.rank, isWanted: step.isWanted });
  else if (step.kind === 'gone') world.things.delete(idOf(step.n));
  return step.kind === 'put' || step.kind === 'gone' ? idOf(step.n) : undefined;
}

const orders = [
  { name: 'in its own order', isInOrder: true, placeOf: ({ id }: Thing): RowPlace => ({ id, place: -Number(id) }) },
  { name: 'in another order', isInOrder: false, placeOf: ({ id, rank }: Thing): RowPlace => ({ id, place: rank }) },
];

describe.each(orders)('a list $name', ({ isInOrder, placeOf }) => {
  const listOf = (limit: number, countedMax: number | undefined) =>
    new LiveList<Thing>({ matches: ({ isWanted }) => isWanted, placeOf, sort: byAge, isInOrder, limit, countedMax });

  it.each([undefined, 10_000, 5])(
    'shows the first that match, whatever changed meanwhile (counting up to %s)',
    (countedMax) => {
      fc.assert(
        fc.property(fc.array(anyStep, { maxLength: 120 }), fc.integer({ min: 1, max: 12 }), (steps, limit) => {
          const world = new World();
          const list = listOf(limit, countedMax);
          for (const step of steps) {
            const changed = apply(world, step);
            if (changed !== undefined) list.take([changed], world.look(false));
            else if (step.kind === 'look') list.look(world.look(false));
            else list.lookAgain();
          }
          while (list.needsLook) list.look(world.look(false));
          expect([...list.shown()]).toEqual(world.wanted(placeOf, limit));
          if (countedMax === 10_000) expect(list.total(world.look(false))).toBe(world.wanted(placeOf, 1e6).length);
        }),
        { numRuns: 500 },
      );
    },
  );

  it('keeps a bounded number', () => {
    const world = new World();
    for (let n = 0; n < 3_000; n++) apply(world, { kind: 'put', n, rank: n % 7, isWanted: true });
    const list = listOf(10, undefined);
    while (list.needsLook) list.look(world.look(true));
    for (let n = 3_000; n < 5_000; n++) {
      apply(world, { kind: 'put', n, rank: 0, isWanted: true });
      list.take([idOf(n)], world.look(true));
    }
    for (let n = 5_000; n > 500; n--) {
      apply(world, { kind: 'gone', n });
      list.take([idOf(n)], world.look(true));
    }
    while (list.needsLook) list.look(world.look(true));
    expect([...list.shown()]).toEqual(world.wanted(placeOf, 10));
    expect(list.total(world.look(true))).toBe(501);
  });

  it('looks again at what only time has changed', () => {
    let isWanted = false;
    const world = new World();
    for (let n = 0; n < 20; n++) apply(world, { kind: 'put', n, rank: 1, isWanted: true });
    const list = new LiveList<Thing>({
      matches: () => isWanted,
      placeOf,
      sort: byAge,
      isInOrder,
      limit: 5,
      countedMax: 100,
    });
    while (list.needsLook) list.look(world.look(false));
    expect([...list.shown()]).toEqual([]);
    for (const wanted of [true, false]) {
      isWanted = wanted;
      list.lookAgain();
      while (list.needsLook) list.look(world.look(false));
      expect([...list.shown()]).toHaveLength(wanted ? 5 : 0);
    }
  });

  it('tells a page that comes back what it lacks, and nothing that it does not need to forget', () => {
    fc.assert(
      fc.property(
        fc.array(anyStep, { maxLength: 60 }),
        fc.array(anyStep, { maxLength: 8 }),
        fc.integer({ min: 1, max: 12 }),
        (before, after, limit) => {
          const world = new World();
          for (const step of before) apply(world, step);
          const had = new Map(world.wanted(placeOf, limit).map((id) => [id, world.things.get(id)] as const));
          const changed = new Set(after.flatMap((step) => apply(world, step) ?? []));
          const list = listOf(limit, undefined);
          while (list.needsLook) list.look(world.look(true));
          const differs = list.differs(changed);
          if (differs === undefined) return;
          for (const id of differs.gone) had.delete(id);
          for (const id of differs.put) had.set(id, world.things.get(id));
          const wanted = world.wanted(placeOf, limit);
          expect([...had.keys()].sort()).toEqual([...wanted].sort());
          for (const [id, thing] of had) expect(thing).toBe(world.things.get(id));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DeadlineKind, Deadlines } from './deadlines.js';

const KINDS: readonly DeadlineKind[] = ['task', 'offer', 'dependencies', 'agent', 'limit', 'enrolment', 'matching'];

/** Takes everything that is due, as a tick does. */
function fire(deadlines: Deadlines, now: number): string[] {
  const fired: string[] = [];
  for (let due = deadlines.take(now, 10); due.length > 0; due = deadlines.take(now, 10)) {
    fired.push(...due.map(({ kind, id }) => `${kind} ${id}`));
  }
  return fired;
}

test('nothing is due before its time, and everything within a quarter second after', () => {
  const deadlines = new Deadlines();
  deadlines.set('task', 'a', 1_001);
  expect(deadlines.nextAt()).toBe(1_250);
  expect(deadlines.take(1_249, 10)).toEqual([]);
  expect(deadlines.take(1_250, 10)).toEqual([{ kind: 'task', id: 'a' }]);
});

test('a cleared deadline does not fall due, and the next one counts', () => {
  const deadlines = new Deadlines();
  deadlines.set('task', 'a', 500);
  deadlines.set('task', 'b', 2_000);
  deadlines.clear('task', 'a', 500);
  deadlines.clear('task', 'never set', 700);
  expect(deadlines.nextAt()).toBe(2_000);
  deadlines.clear('task', 'b', 2_000);
  expect(deadlines.nextAt()).toBe(Number.POSITIVE_INFINITY);
});

test('the same id means another thing in each kind', () => {
  const deadlines = new Deadlines();
  for (const kind of KINDS) deadlines.set(kind, 'a', 500);
  deadlines.clear('offer', 'a', 500);
  expect(fire(deadlines, 500)).toEqual(KINDS.filter((kind) => kind !== 'offer').map((kind) => `${kind} a`));
});

test('gives no more at once than asked for, and keeps the rest', () => {
  const deadlines = new Deadlines();
  for (const id of ['a', 'b', 'c']) deadlines.set('task', id, 250);
  expect(deadlines.take(250, 2)).toHaveLength(2);
  expect(fire(deadlines, 250)).toEqual(['task c']);
});

test('fires what is set, once, never early and never a quarter second late', () => {
  const entry = fc.record({ at: fc.nat(20_000), cleared: fc.boolean(), kind: fc.constantFrom(...KINDS) });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 200, size: 'max' }), fc.nat(997), (entries, stepMs) => {
      const deadlines = new Deadlines();
      for (const [i, { kind, at }] of entries.entries()) deadlines.set(kind, `${i}`, at);
      for (const [i, { kind, at, cleared }] of entries.entries()) if (cleared) deadlines.clear(kind, `${i}`, at);
      const firedAt = new Map<string, number>();
      for (let now = 0; now <= 21_000; now += stepMs + 1) {
        for (const key of fire(deadlines, now)) {
          expect(firedAt.has(key)).toBe(false);
          firedAt.set(key, now);
        }
      }
      for (const [i, { kind, at, cleared }] of entries.entries()) {
        const fired = firedAt.get(`${kind} ${i}`);
        if (cleared) expect(fired).toBeUndefined();
        else if (at + 250 + stepMs <= 20_000) {
          expect(fired).toBeGreaterThanOrEqual(at);
          expect(fired).toBeLessThanOrEqual(at + 250 + stepMs);
        }
      }
    }),
  );
});

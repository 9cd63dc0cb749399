import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Deadlines } from './deadlines.js';

/** Takes everything that is due, as a tick does. */
function fire(deadlines: Deadlines, now: number): string[] {
  const fired: string[] = [];
  for (let due = deadlines.due(now, 10); due.length > 0; due = deadlines.due(now, 10)) {
    for (const key of due) {
      fired.push(key);
      deadlines.take(key);
    }
  }
  return fired;
}

test('nothing is due before its time, and everything within a quarter second after', () => {
  const deadlines = new Deadlines();
  deadlines.set('a', 1_001);
  expect(deadlines.nextAt()).toBe(1_250);
  expect(deadlines.due(1_249, 10)).toEqual([]);
  expect(deadlines.due(1_250, 10)).toEqual(['a']);
});

test('a cleared deadline does not fall due, and the next one counts', () => {
  const deadlines = new Deadlines();
  deadlines.set('a', 500);
  deadlines.set('b', 2_000);
  deadlines.clear('a', 500);
  deadlines.clear('never set', 700);
  expect(deadlines.nextAt()).toBe(2_000);
  deadlines.clear('b', 2_000);
  expect(deadlines.nextAt()).toBe(Number.POSITIVE_INFINITY);
});

test('gives no more at once than asked for, and keeps the rest', () => {
  const deadlines = new Deadlines();
  for (const key of ['a', 'b', 'c']) deadlines.set(key, 250);
  expect(deadlines.due(250, 2)).toEqual(['a', 'b']);
  expect(fire(deadlines, 250)).toEqual(['a', 'b', 'c']);
});

test('fires what is set, once, never early and never a quarter second late', () => {
  const entry = fc.record({ at: fc.nat(20_000), cleared: fc.boolean() });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 200, size: 'max' }), fc.nat(997), (entries, stepMs) => {
      const deadlines = new Deadlines();
      for (const [i, { at }] of entries.entries()) deadlines.set(`${i}`, at);
      for (const [i, { at, cleared }] of entries.entries()) if (cleared) deadlines.clear(`${i}`, at);
      const firedAt = new Map<string, number>();
      for (let now = 0; now <= 21_000; now += stepMs + 1) {
        for (const key of fire(deadlines, now)) {
          expect(firedAt.has(key)).toBe(false);
          firedAt.set(key, now);
        }
      }
      for (const [i, { at, cleared }] of entries.entries()) {
        const fired = firedAt.get(`${i}`);
        if (cleared) expect(fired).toBeUndefined();
        else if (at + 250 + stepMs <= 20_000) {
          expect(fired).toBeGreaterThanOrEqual(at);
          expect(fired).toBeLessThanOrEqual(at + 250 + stepMs);
        }
      }
    }),
  );
});

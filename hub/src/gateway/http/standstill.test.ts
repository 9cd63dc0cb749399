import { expect, test } from 'vitest';
import { Standstill } from './standstill.js';

test('a standstill is noticed before and after the first beat behind it, and forgotten', () => {
  let now = 0;
  let beat = (): void => undefined;
  const standstill = new Standstill({
    now: () => now,
    random: () => 0,
    after: (_ms, run) => {
      beat = run;
      return () => undefined;
    },
  });
  const pass = (ms: number): boolean => {
    now += ms;
    return standstill.isJustOver;
  };
  for (let i = 0; i < 5; i++) {
    expect(pass(1_000)).toBe(false);
    beat();
  }
  expect(pass(12_000)).toBe(true);
  beat();
  expect(pass(500)).toBe(true);
  beat();
  now += 1_000;
  beat();
  expect(pass(2_000)).toBe(false);
});

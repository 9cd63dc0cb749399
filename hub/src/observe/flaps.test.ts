import { expect, test } from 'vitest';
import { Flaps } from './flaps.js';

const MINUTE = 60_000;

test('five connects within a quarter of an hour are told of, once in that time', () => {
  const flaps = new Flaps();
  const told = [0, 1, 2, 3, 4, 5, 18, 19, 20, 21].map((minute) => flaps.connected('tern', minute * MINUTE));
  expect(told).toEqual([...Array(4).fill(undefined), 5, ...Array(4).fill(undefined), undefined]);
  expect(flaps.connected('tern', 22 * MINUTE)).toBe(5);
});

test('connects that are far apart, or of several agents, are nothing', () => {
  const flaps = new Flaps();
  for (let i = 0; i < 20; i++) expect(flaps.connected('slow', i * 4 * MINUTE)).toBeUndefined();
  for (let i = 0; i < 20; i++) expect(flaps.connected(`agent-${i}`, 0)).toBeUndefined();
});

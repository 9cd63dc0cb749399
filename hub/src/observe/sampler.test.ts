import { expect, test } from 'vitest';
import { Sampler } from './sampler.js';

test('one of a kind goes through in a minute, and the next says how many were kept back', () => {
  const sampler = new Sampler();
  expect(sampler.take('a', 0)).toBe(0);
  expect(sampler.take('a', 1_000)).toBeUndefined();
  expect(sampler.take('b', 1_000)).toBe(0);
  expect(sampler.take('a', 59_999)).toBeUndefined();
  expect(sampler.take('a', 60_000)).toBe(2);
  expect(sampler.take('a', 119_999)).toBeUndefined();
});

import { expect, test } from 'vitest';
import { retryMs } from './retry.js';

test('what fails for now is asked again, when the hub says or soon, and what is refused is not', () => {
  expect([0, 429, 500, 503].map((status) => retryMs({ status }))).toEqual([2_000, 2_000, 2_000, 2_000]);
  expect(retryMs({ status: 503, retryAfterMs: 700 })).toBe(700);
  expect([400, 403, 404].map((status) => retryMs({ status, retryAfterMs: 700 }))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

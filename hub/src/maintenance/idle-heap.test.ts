import { expect, it } from 'vitest';
import { isWorthCollecting } from './idle-heap.js';

const MIB = 1024 ** 2;

it('collects in an idle hub that holds room it does not use', () => {
  expect(isWorthCollecting({ heapTotal: 64 * MIB, heapUsed: 24 * MIB }, 0.01)).toBe(true);
});

it.each([
  ['is busy', 64, 24, 0.5],
  ['has little to give back', 32, 24, 0.01],
  ['holds so much that collecting would take long', 400, 300, 0.01],
])('leaves a hub alone that %s', (_why, total, used, busy) => {
  expect(isWorthCollecting({ heapTotal: total * MIB, heapUsed: used * MIB }, busy)).toBe(false);
});

import { expect, test } from 'vitest';
import { InHand } from './in-hand.js';

function inHand() {
  const told: boolean[] = [];
  return { told, hand: new InHand((isHeld) => told.push(isHeld)) };
}

test('a thousand frames hold the reading until half of them are answered', () => {
  const { told, hand } = inHand();
  for (let i = 0; i < 1_100; i++) hand.taken();
  expect(told).toEqual([true]);
  for (let i = 0; i < 587; i++) hand.answered();
  expect(told).toEqual([true]);
  hand.answered();
  expect(told).toEqual([true, false]);
});

test('large texts hold it long before, until they are stored', () => {
  const { told, hand } = inHand();
  const stored = Array.from({ length: 20 }, () => hand.storing(256 * 1024));
  expect(told).toEqual([true]);
  for (const done of stored) done();
  expect(told).toEqual([true, false]);
});

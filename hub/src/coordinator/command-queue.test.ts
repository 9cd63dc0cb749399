import { expect, test } from 'vitest';
import { CommandQueue } from './command-queue.js';

test('gives back in order what was put in', () => {
  const queue = new CommandQueue<number>();
  expect([1, 2, 3].map((item) => queue.push('a', item))).toEqual([true, true, true]);
  expect([queue.shift(), queue.shift()]).toEqual([1, 2]);
  queue.push('b', 4);
  expect([queue.shift(), queue.shift(), queue.shift()]).toEqual([3, 4, undefined]);
  expect(queue.size).toBe(0);
});

test('no source takes more than its share, and gets it back as it is served', () => {
  const queue = new CommandQueue<number>();
  let taken = 0;
  while (queue.push('greedy', taken)) taken++;
  expect(taken).toBe(512);
  expect(queue.push('modest', 0)).toBe(true);
  queue.shift();
  expect(queue.push('greedy', 0)).toBe(true);
  expect(queue.push('greedy', 0)).toBe(false);
});

test('is full at its capacity, whoever comes', () => {
  const queue = new CommandQueue<number>();
  let taken = 0;
  while (queue.push(`source ${Math.floor(taken / 500)}`, taken)) taken++;
  expect(taken).toBe(10_000);
  expect(queue.push('another', 0)).toBe(false);
});

import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
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

test('lets go of what it has given, also while more always waits', async () => {
  const queue = new CommandQueue<object>();
  const given: WeakRef<object>[] = [];
  queue.push('a', {});
  for (let i = 0; i < 100; i++) {
    queue.push('a', {});
    given.push(new WeakRef(queue.shift() as object));
  }
  // What a turn has looked at stays until its end.
  await setImmediate();
  collectGarbage();
  expect(queue.size).toBe(1);
  expect(given.filter((item) => item.deref() !== undefined).length).toBeLessThanOrEqual(2);
});

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

import { expect, test } from 'vitest';
import { Inbox } from './inbox.js';

test('gives back in order what was put in', () => {
  const inbox = new Inbox<number>();
  expect([1, 2, 3].map((item) => inbox.push('a', item))).toEqual([true, true, true]);
  expect([inbox.shift(), inbox.shift()]).toEqual([1, 2]);
  inbox.push('b', 4);
  expect([inbox.shift(), inbox.shift(), inbox.shift()]).toEqual([3, 4, undefined]);
  expect(inbox.size).toBe(0);
});

test('no source takes more than its share, and gets it back as it is served', () => {
  const inbox = new Inbox<number>();
  let taken = 0;
  while (inbox.push('greedy', taken)) taken++;
  expect(taken).toBe(512);
  expect(inbox.push('modest', 0)).toBe(true);
  inbox.shift();
  expect(inbox.push('greedy', 0)).toBe(true);
  expect(inbox.push('greedy', 0)).toBe(false);
});

test('is full at its capacity, whoever comes', () => {
  const inbox = new Inbox<number>();
  let taken = 0;
  while (inbox.push(`source ${Math.floor(taken / 500)}`, taken)) taken++;
  expect(taken).toBe(10_000);
  expect(inbox.push('another', 0)).toBe(false);
});

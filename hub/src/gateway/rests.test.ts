import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Rests } from './rests.js';

function rests() {
  const clock = { now: 5_000 };
  return { clock, rests: new Rests(() => clock.now) };
}

it('has an organisation rest after what took long, longer after what was refused', () => {
  const { clock, rests: of } = rests();
  of.used('b');
  of.used('a');
  of.spent('a', 4, 'done');
  expect(of.leftMs('a')).toBe(12);
  of.spent('a', 1, 'refused');
  expect(of.leftMs('a')).toBe(21);
  expect(of.leftMs('b')).toBe(0);
  clock.now += 21;
  expect(of.leftMs('a')).toBe(0);
});

it('lets an organisation that has the hub to itself go on', () => {
  const { clock, rests: of } = rests();
  of.used('a');
  of.spent('a', 50, 'done');
  expect(of.leftMs('a')).toBe(0);
  of.used('b');
  of.spent('a', 50, 'done');
  expect(of.leftMs('a')).toBe(150);
  clock.now += 1_001;
  of.spent('a', 50, 'done');
  expect(of.leftMs('a')).toBe(0);
});

it('never has anybody rest for more than two seconds', () => {
  const { rests: of } = rests();
  of.used('a');
  of.used('b');
  for (let i = 0; i < 10; i++) of.spent('a', 1_000, 'refused');
  expect(of.leftMs('a')).toBe(2_000);
});

it('lets an organisation begin one large thing in a turn, and none while it rests', async () => {
  const { clock, rests: of } = rests();
  of.used('a');
  of.used('b');
  expect(of.mayBeginLarge('a')).toBe(true);
  expect(of.mayBeginLarge('a')).toBe(false);
  expect(of.mayBeginLarge('b')).toBe(true);
  await turnOfTheLoop();
  of.spent('a', 1, 'done');
  expect(of.mayBeginLarge('a')).toBe(false);
  clock.now += 3;
  expect(of.mayBeginLarge('a')).toBe(true);
});

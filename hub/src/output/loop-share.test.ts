import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { LoopShare } from './loop-share.js';

test('of all that goes on, one part is worked on in a turn of the event loop, in rotation', async () => {
  const share = new LoopShare();
  const done: string[] = [];
  const work = async (name: string): Promise<void> => {
    const rest = share.begin();
    for (let part = 1; part <= 2; part++) {
      await rest(1_000_000);
      done.push(`${name}${part}`);
    }
  };
  const all = Promise.all(['a', 'b', 'c'].map(work));
  const seen: number[] = [];
  for (let turn = 0; turn < 8; turn++) {
    seen.push(done.length);
    await nextTurn();
  }
  await all;
  expect(done).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'c2']);
  for (const [i, count] of seen.entries()) expect(count - (seen[i - 1] ?? 0)).toBeLessThanOrEqual(1);
});

test('small pieces of work run without a pause, up to a bound', () => {
  const rest = new LoopShare().begin();
  for (let message = 1; message < 64; message++) expect(rest(10)).toBeUndefined();
  expect(rest(10)).toBeInstanceOf(Promise);
});

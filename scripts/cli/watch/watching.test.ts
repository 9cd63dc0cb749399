import { expect, test } from 'vitest';
import { type Report, type Seen, UNTOLD, watchingAfter } from './watching.js';

const DOWN: Seen = { up: false, why: 'nothing answers' };
const UP: Seen = { up: true };

/** One look every 15 s. */
function reports(...looks: readonly Seen[]): readonly (Report & { readonly at: number })[] {
  let watching = UNTOLD;
  return looks.flatMap((seen, i) => {
    const { after, report } = watchingAfter(watching, seen, i * 15_000, 60_000);
    watching = after;
    return report === undefined ? [] : [{ ...report, at: i * 15_000 }];
  });
}

test('a hub that stays down is reported once, after a minute, and once when it is back', () => {
  expect(reports(UP, DOWN, DOWN, DOWN, DOWN, DOWN, DOWN, DOWN, UP, UP)).toEqual([
    { state: 'down', since: 15_000, why: 'nothing answers', at: 75_000 },
    { state: 'up', since: 15_000, at: 120_000 },
  ]);
});

test('a restart is not reported, and neither is a hub that comes and goes within the minute', () => {
  expect(reports(DOWN, DOWN, UP, DOWN, DOWN, DOWN, DOWN, UP)).toEqual([]);
});

import { describe, expect, it } from 'vitest';
import { runTimeLeftMs } from './budget.js';
import { task } from './fixture.js';

describe('the run time that is left', () => {
  it.each([
    ['keeps ten seconds of a long limit', 3_600, undefined, 3_590_000],
    ['keeps a tenth of a short one', 20, undefined, 18_000],
    ['is that of all turns together', 3_600, 600, 2_990_000],
    ['is never nothing', 3_600, 3_595, 1_000],
  ])('%s', (_, runTimeoutSeconds, seconds, leftMs) => {
    const usage = seconds === undefined ? {} : { seconds };
    expect(runTimeLeftMs({ task: task({ runTimeoutSeconds }), usage })).toBe(leftMs);
  });
});

// Runs a range of seeds as tests, in groups, so that a failing one is named while the others go on.

import { expect, test } from 'vitest';
import { failureLines } from './report.js';
import { run } from './simulation.js';

const GROUP = 125;

export function everyPromiseHolds(first: number, last: number): void {
  for (let from = first; from <= last; from += GROUP) {
    const to = Math.min(last, from + GROUP - 1);
    test(`every promise holds in seeds ${from}..${to}`, async () => {
      const failures: string[] = [];
      for (let seed = from; seed <= to; seed++) failures.push(...failureLines(await run(seed)));
      expect(failures.join('\n')).toBe('');
    });
  }
}

// Writes the totals of a run to the file that `scripts/test.mjs` names. Vitest's own JSON report has no word of errors outside the tests.
import { writeFileSync } from 'node:fs';
import { totals } from './totals.mjs';

export default class TotalsReporter {
  /**
   * @param {readonly import('./totals.mjs').TestModule[]} modules
   * @param {readonly import('./totals.mjs').TestError[]} unhandled
   */
  onTestRunEnd(modules, unhandled) {
    const file = process.env.TEST_TOTALS_FILE;
    if (file !== undefined) writeFileSync(file, JSON.stringify(totals(modules, unhandled)));
  }
}

import { describe, expect, it } from 'vitest';
import { failures, totals } from './totals.mjs';

const good = { name: '/repo/good.test.ts', status: 'passed', assertionResults: [{ status: 'passed' }] };

describe('the totals of a test run', () => {
  it('are those of Vitest when all went well', () => {
    expect(totals({ numPassedTests: 7, numFailedTests: 0, testResults: [good] }, 0)).toEqual({ passed: 7, failed: 0 });
    expect(totals({ numPassedTests: 7, numFailedTests: 2, testResults: [good] }, 1)).toEqual({ passed: 7, failed: 2 });
  });

  it('count a file that failed without a failed test as one failure', () => {
    const unloaded = { name: '/repo/unloaded.test.ts', status: 'failed', assertionResults: [] };
    const uncleaned = { name: '/repo/uncleaned.test.ts', status: 'failed', assertionResults: [{ status: 'passed' }] };
    const failed = { name: '/repo/failed.test.ts', status: 'failed', assertionResults: [{ status: 'failed' }] };
    const report = { numPassedTests: 7, numFailedTests: 1, testResults: [good, unloaded, uncleaned, failed] };
    expect(totals(report, 1)).toEqual({ passed: 7, failed: 3 });
  });

  it('never say that nothing failed when the run did', () => {
    expect(totals({ numPassedTests: 7, numFailedTests: 0, testResults: [good] }, 1).failed).toBe(1);
    expect(totals({ numPassedTests: 7, numFailedTests: 0, testResults: [good] }, null).failed).toBe(1);
    expect(totals(undefined, 0)).toEqual({ passed: 0, failed: 1 });
  });

  it('name what failed, with the first line of the reason', () => {
    const test = { status: 'failed', fullName: 'adds up', failureMessages: ['\u001b[31mexpected 1\u001b[39m\n  at x'] };
    const testResults = [
      good,
      { name: '/repo/a/sum.test.ts', status: 'failed', assertionResults: [...good.assertionResults, test] },
      { name: '/repo/b.test.ts', status: 'failed', message: 'cannot find c.js\nfrom b', assertionResults: [] },
    ];
    expect(failures({ numPassedTests: 2, numFailedTests: 1, testResults }, '/repo')).toEqual([
      'a/sum.test.ts > adds up: expected 1',
      'b.test.ts: cannot find c.js',
    ]);
    expect(failures(undefined, '/repo')).toEqual([]);
  });
});

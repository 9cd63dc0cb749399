import { describe, expect, it } from 'vitest';
import { totals } from './totals.mjs';

const good = { status: 'passed', assertionResults: [{ status: 'passed' }] };

describe('the totals of a test run', () => {
  it('are those of Vitest when all went well', () => {
    expect(totals({ numPassedTests: 7, numFailedTests: 0, testResults: [good] }, 0)).toEqual({ passed: 7, failed: 0 });
    expect(totals({ numPassedTests: 7, numFailedTests: 2, testResults: [good] }, 1)).toEqual({ passed: 7, failed: 2 });
  });

  it('count a file that failed without a failed test as one failure', () => {
    const unloaded = { status: 'failed', assertionResults: [] };
    const uncleaned = { status: 'failed', assertionResults: [{ status: 'passed' }] };
    const failed = { status: 'failed', assertionResults: [{ status: 'failed' }] };
    const report = { numPassedTests: 7, numFailedTests: 1, testResults: [good, unloaded, uncleaned, failed] };
    expect(totals(report, 1)).toEqual({ passed: 7, failed: 3 });
  });

  it('never say that nothing failed when the run did', () => {
    expect(totals({ numPassedTests: 7, numFailedTests: 0, testResults: [good] }, 1).failed).toBe(1);
    expect(totals({ numPassedTests: 7, numFailedTests: 0, testResults: [good] }, null).failed).toBe(1);
    expect(totals(undefined, 0)).toEqual({ passed: 0, failed: 1 });
  });
});

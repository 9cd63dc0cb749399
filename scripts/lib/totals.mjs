// Adds up a test run from Vitest's JSON report, so that nothing that went wrong can end in `0 failed`.

/**
 * @typedef {object} VitestReport
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {{ status: string, assertionResults: { status: string }[] }[]} testResults  one for each file
 */

/**
 * A file that failed without a failed test (it could not be loaded, or its clean-up failed) counts as one failure; so does a run that failed
 * for any other reason, such as an unhandled error, or that wrote no report.
 * @param {VitestReport | undefined} report
 * @param {number | null} code  Vitest's exit code; null when a signal ended it
 * @returns {{ passed: number, failed: number }}
 */
export function totals(report, code) {
  if (!report) return { passed: 0, failed: 1 };
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  return { passed: report.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed };
}

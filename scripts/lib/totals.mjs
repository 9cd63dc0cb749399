// Adds up a test run from Vitest's JSON report, so that nothing that went wrong can end in `0 failed`.
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/**
 * @typedef {object} VitestReport
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {TestFile[]} testResults
 *
 * @typedef {{ name: string, status: string, message?: string, assertionResults: Test[] }} TestFile
 * @typedef {{ status: string, fullName?: string, failureMessages?: string[] }} Test
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
  const failed = report.numFailedTests + report.testResults.filter(isBroken).length;
  return { passed: report.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed };
}

/**
 * What failed, a line each: the file, the test and what was wrong. A long run scrolls it out of sight, so it is said again at the end.
 * @param {VitestReport | undefined} report
 * @param {string} root  of the paths
 * @returns {string[]}
 */
export function failures(report, root) {
  return (report?.testResults ?? []).flatMap((file) => {
    const name = relative(root, file.name);
    if (isBroken(file)) return [`${name}: ${firstLine(file.message)}`];
    const failed = file.assertionResults.filter((test) => test.status === 'failed');
    return failed.map((test) => `${name} > ${test.fullName}: ${firstLine(test.failureMessages?.[0])}`);
  });
}

/** @param {TestFile} file */
function isBroken(file) {
  return file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed');
}

/** @param {string | undefined} message */
function firstLine(message) {
  return stripVTControlCharacters(message ?? '').split('\n', 1)[0] || 'it could not be run';
}

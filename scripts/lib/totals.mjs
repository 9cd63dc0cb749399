// Adds up a test run, so that nothing that went wrong can end in `0 failed`, or without a word of what it was.
import { stripVTControlCharacters } from 'node:util';

/**
 * What is used here of the classes of the same names in `vitest/node`.
 * @typedef {{ message: string }} TestError
 * @typedef {{ fullName: string, result(): { state: string, errors?: readonly TestError[] } }} TestCase
 * @typedef {{ errors(): readonly TestError[] }} TestSuite
 *
 * @typedef {object} TestModule
 * @property {string} relativeModuleId  its file, from the root
 * @property {() => string} state
 * @property {() => readonly TestError[]} errors
 * @property {{ allTests(): Iterable<TestCase>, allSuites(): Iterable<TestSuite> }} children
 *
 * @typedef {{ passed: number, failures: readonly string[] }} Totals
 */

/**
 * Each failure is a line: where it was, and what was wrong. A file that failed without a failed test (it could not be loaded, or its clean-up
 * failed), a file that did not come to its end, and an error that no test had to do with are a failure each.
 * @param {readonly TestModule[]} modules
 * @param {readonly TestError[]} unhandled
 * @returns {Totals}
 */
export function totals(modules, unhandled) {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const passed = tests.filter((test) => test.result().state === 'passed').length;
  return {
    passed,
    failures: [...modules.flatMap(failuresOf), ...unhandled.map((error) => `outside the tests: ${firstLine(error)}`)],
  };
}

/**
 * @param {Totals | undefined} said  undefined when the run wrote none
 * @param {number | null} code  of the process that ran the tests; null when a signal ended it
 * @returns {Totals}
 */
export function atEnd(said, code) {
  const { passed, failures } = said ?? { passed: 0, failures: [] };
  if (said !== undefined && (code === 0 || failures.length > 0)) return said;
  const end = code === null ? 'a signal ended the tests' : `the tests ended with code ${code}`;
  const missing = said === undefined ? 'before they had a result' : 'and named no failure';
  return { passed, failures: [...failures, `${end} ${missing}`] };
}

/** @param {TestModule} module */
function failuresOf(module) {
  const name = module.relativeModuleId;
  const failed = [...module.children.allTests()].flatMap((test) => {
    const { state, errors } = test.result();
    return state === 'failed' ? [`${name} > ${test.fullName}: ${firstLine(errors?.[0])}`] : [];
  });
  const state = module.state();
  if (failed.length > 0 || state === 'passed' || state === 'skipped') return failed;
  const suiteErrors = [...module.children.allSuites()].flatMap((suite) => suite.errors());
  const [error] = [...module.errors(), ...suiteErrors];
  return [`${name}: ${error === undefined && state !== 'failed' ? 'did not finish' : firstLine(error)}`];
}

/** @param {TestError | undefined} error */
function firstLine(error) {
  return stripVTControlCharacters(error?.message ?? '').split('\n', 1)[0] || 'no reason given';
}

import { describe, expect, it } from 'vitest';
import { atEnd, type TestCase, type TestModule, totals } from './totals.mjs';

const passes = test('adds', 'passed');

describe('the totals of a test run', () => {
  it('are what passed when all went well', () => {
    expect(
      totals(
        [file('a.test.ts', 'passed', [passes, passes]), file('b.test.ts', 'skipped', [test('rests', 'skipped')])],
        [],
      ),
    ).toEqual({
      passed: 2,
      failures: [],
    });
  });

  it('name each test that failed, with the first line of the reason', () => {
    const fails = test('adds > up', 'failed', '\u001b[31mexpected 1\u001b[39m\n  at x');
    expect(totals([file('a.test.ts', 'failed', [passes, fails, fails])], [])).toEqual({
      passed: 1,
      failures: ['a.test.ts > adds > up: expected 1', 'a.test.ts > adds > up: expected 1'],
    });
  });

  it('name a file that failed without a failed test', () => {
    const unloaded = { ...file('a.test.ts', 'failed'), errors: () => [{ message: 'cannot find c.js\nfrom b' }] };
    const unready = file('b.test.ts', 'failed', [test('rests', 'skipped')], 'no hub');
    expect(totals([unloaded, unready], []).failures).toEqual(['a.test.ts: cannot find c.js', 'b.test.ts: no hub']);
  });

  it('name a file whose worker went away', () => {
    expect(totals([file('a.test.ts', 'pending', [passes])], []).failures).toEqual(['a.test.ts: did not finish']);
    expect(totals([file('a.test.ts', 'queued')], []).failures).toEqual(['a.test.ts: did not finish']);
  });

  it('name an error that no test had to do with', () => {
    expect(totals([file('a.test.ts', 'passed', [passes])], [{ message: 'Worker exited unexpectedly' }])).toEqual({
      passed: 1,
      failures: ['outside the tests: Worker exited unexpectedly'],
    });
  });

  it('never say that nothing failed when the run did', () => {
    expect(atEnd({ passed: 7, failures: [] }, 0)).toEqual({ passed: 7, failures: [] });
    expect(atEnd({ passed: 7, failures: ['a'] }, 1)).toEqual({ passed: 7, failures: ['a'] });
    expect(atEnd({ passed: 7, failures: [] }, 3)).toEqual({
      passed: 7,
      failures: ['the tests ended with code 3 and named no failure'],
    });
    expect(atEnd(undefined, null)).toEqual({
      passed: 0,
      failures: ['a signal ended the tests before they had a result'],
    });
    expect(atEnd(undefined, 0).failures).toHaveLength(1);
  });
});

function test(fullName: string, state: string, message?: string): TestCase {
  return { fullName, result: () => ({ state, ...(message === undefined ? {} : { errors: [{ message }] }) }) };
}

function file(relativeModuleId: string, state: string, tests: TestCase[] = [], hookError?: string): TestModule {
  const suite = { errors: () => (hookError === undefined ? [] : [{ message: hookError }]) };
  return {
    relativeModuleId,
    state: () => state,
    errors: () => [],
    children: { allTests: () => tests, allSuites: () => [suite] },
  };
}

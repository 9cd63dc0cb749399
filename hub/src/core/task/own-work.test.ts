// What is taken of the work that an attempt says is its own, and what becomes of the rest.

import { expect, test } from 'vitest';
import { Bench, REPO } from '../fixture.js';
import type { StoredResult } from './events.js';
import { taskView } from './view.js';

const COMMIT = 'c'.repeat(40);

function working(spec: Parameters<Bench['submit']>[0] = { repo: REPO }): { bench: Bench; task: string } {
  const bench = new Bench();
  bench.join('a');
  const task = bench.submit(spec);
  bench.accept(task);
  return { bench, task };
}

function complete(bench: Bench, task: string, result: Partial<StoredResult>): string | undefined {
  const said = { summary: 'done', ...result };
  return bench.refusal({ type: 'task.complete', ...bench.by(task), report: bench.mark(), result: said });
}

test('a result with the branch of the attempt and a request at the host of the repository is taken', () => {
  const { bench, task } = working();
  const { branch, pullRequest } = bench.left(task);
  expect(complete(bench, task, { branch: `${branch}-mend-the-roof`, commit: COMMIT, pullRequest })).toBeUndefined();
  expect(bench.task(task).state).toBe('completed');
});

test.each([
  ['main', () => 'main'],
  ['a branch of another agent', (own: string) => own.replace('/a/', '/b/')],
  ['the branch of another attempt', (own: string) => own.replace(/-g1$/, '-g2')],
  ['a branch that only begins like it', (own: string) => `${own}0`],
  ['a branch below it', (own: string) => `${own}/main`],
])('a result with %s is refused, and the attempt goes on', (_what, other) => {
  const { bench, task } = working();
  const before = bench.dump();
  expect(complete(bench, task, { branch: other(bench.left(task).branch), commit: COMMIT })).toBe(
    'report.not_of_attempt',
  );
  expect(bench.dump()).toEqual(before);
});

test('a result with a request at another host is refused', () => {
  const { bench, task } = working();
  expect(complete(bench, task, { pullRequest: 'https://evil.example.org/roof/pull/1' })).toBe('report.not_of_attempt');
});

test.each([{ branch: 'main' }, { commit: COMMIT }, { pullRequest: 'https://git.example.com/roof/pull/1' }])(
  'without a repository a result has no %o',
  (part) => {
    const { bench, task } = working({});
    expect(complete(bench, task, part)).toBe('report.not_of_attempt');
    expect(complete(bench, task, {})).toBeUndefined();
  },
);

test('a refused result is followed by a failure that stands in the history', () => {
  const { bench, task } = working();
  expect(complete(bench, task, { branch: 'main' })).toBe('report.not_of_attempt');
  const error = { class: 'permanent' as const, code: 'report.refused', message: 'the hub refused the result' };
  bench.take({ type: 'task.fail', ...bench.by(task), report: bench.mark(), error });
  const view = taskView(bench.task(task));
  expect(view).toMatchObject({ state: 'dead', death: 'permanent', attempts: [{ error }] });
  expect(view.history.map(({ detail }) => detail)).toContain('permanent: report.refused');
});

test('of what a failed or stopped attempt has left, the part that is not its own is left out', () => {
  const { bench, task } = working();
  const { salvageRef, branch } = bench.left(task);
  const left = { salvageRef: 'refs/heads/main', branch, pullRequest: 'https://evil.example.org/1' };
  const error = { class: 'permanent' as const, code: 'it.failed', message: 'it failed' };
  bench.take({ type: 'task.fail', ...bench.by(task), report: bench.mark(), error, left });
  expect(bench.task(task).attemptLog?.[0]?.left).toEqual({ branch });
  const next = bench.submit({ repo: REPO });
  bench.accept(next);
  bench.take({ type: 'task.stopped', ...bench.by(next), left: { salvageRef, branch: 'main' } });
  expect(bench.task(next).attemptLog?.[0]?.left).toBeUndefined();
});

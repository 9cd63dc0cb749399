// Tasks that change the same files of one repository at the same time.

import { describe, expect, test } from 'vitest';
import { Bench, HOUR } from '../fixture.js';
import { historyOf } from './history.js';
import { taskView } from './view.js';

type Spec = Parameters<Bench['submit']>[0];

function working(bench: Bench, spec: Spec): string {
  const task = bench.submit(spec);
  bench.accept(task);
  return task;
}

function progress(bench: Bench, task: string, { paths }: { readonly paths: readonly string[] }) {
  return bench.take({ type: 'task.progress', ...bench.by(task), report: bench.mark(), paths });
}

describe('tasks that change the same files', () => {
  const repo = { url: 'https://git.example.com/one.git' };

  /** Two of one repository at work, by `a` and `b`. */
  function pair(bench: Bench, other: Spec = { repo }): [string, string] {
    bench.join('a');
    bench.join('b');
    return [working(bench, { repo }), working(bench, other)];
  }

  const told = (bench: Bench, task: string) =>
    historyOf(bench.task(task)).flatMap(({ event, detail }) => (event === 'overlapped' ? [detail] : []));

  test('are told once, on both sides, and no more once either has ended', () => {
    const bench = new Bench();
    const [one, two] = pair(bench, { repo: { url: 'https://git.example.com/one' } });
    progress(bench, one, { paths: ['a', 'b', 'c', 'd', 'e'] });
    expect(bench.task(one).overlaps).toBeUndefined();
    const { events } = progress(bench, two, { paths: ['e', 'b', 'c', 'x', 'd'] });
    expect(events.map(({ type }) => type)).toEqual(['task.progressed', 'task.overlapped', 'task.overlapped']);
    const paths = ['e', 'b', 'c', 'd'];
    expect(taskView(bench.task(one)).overlaps).toEqual([{ task: two, paths }]);
    expect(taskView(bench.task(two)).overlaps).toEqual([{ task: one, paths }]);
    expect(told(bench, one)).toEqual([`changes the same files as task ${two}: e, b, c and 1 more`]);
    expect(told(bench, two)).toEqual([`changes the same files as task ${one}: e, b, c and 1 more`]);
    progress(bench, two, { paths: ['e', 'b', 'a'] });
    expect(told(bench, two)).toHaveLength(1);
    bench.complete(one);
    expect([bench.task(one).overlaps, bench.task(two).overlaps]).toEqual([undefined, undefined]);
  });

  test('are not told of tasks that have ended, and again of the next attempt', () => {
    const bench = new Bench();
    const [one, two] = pair(bench);
    progress(bench, one, { paths: ['a'] });
    bench.fail(one);
    progress(bench, two, { paths: ['a'] });
    expect(bench.task(two).overlaps).toBeUndefined();
    bench.pass(HOUR);
    bench.accept(one);
    progress(bench, one, { paths: ['a'] });
    expect(bench.task(two).overlaps).toEqual([{ task: one, paths: ['a'] }]);
  });

  test.each([
    ['of another repository', { repo: { url: 'https://git.example.com/two.git' } }],
    ['without a repository', {}],
  ])('%s do not meet', (_name, spec) => {
    const bench = new Bench();
    const [one, two] = pair(bench, spec);
    progress(bench, one, { paths: ['a'] });
    progress(bench, two, { paths: ['a'] });
    expect(bench.task(two).overlaps).toBeUndefined();
  });

  test('cost the journal nothing when a report names the same paths again', () => {
    const bench = new Bench();
    const [one] = pair(bench);
    progress(bench, one, { paths: ['a'] });
    expect(progress(bench, one, { paths: ['a'] }).events[0]).not.toHaveProperty('paths');
    expect(progress(bench, one, { paths: [] }).events[0]).toHaveProperty('paths', []);
    expect(bench.task(one).paths).toBeUndefined();
  });

  test('are told of eight others at most', () => {
    const bench = new Bench();
    const tasks = Array.from({ length: 12 }, (_, i) => {
      bench.join(`agent-${i}`);
      return working(bench, { repo });
    });
    for (const task of tasks) progress(bench, task, { paths: ['package-lock.json'] });
    const counts = tasks.map((task) => bench.task(task).overlaps?.length ?? 0);
    expect(Math.max(...counts)).toBe(8);
    expect(counts.at(-1)).toBeGreaterThan(0);
  });

  test('name no more paths than an event has room for', () => {
    const bench = new Bench();
    const [one, two] = pair(bench);
    const paths = Array.from({ length: 200 }, (_, i) => `${i}-${'p'.repeat(500)}`);
    progress(bench, one, { paths });
    expect(bench.task(one).paths?.length).toBe(65);
    progress(bench, two, { paths });
    expect(bench.task(one).overlaps).toEqual([{ task: two, paths: paths.slice(0, 2) }]);
  });
});

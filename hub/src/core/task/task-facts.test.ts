import { matcherOf, parseQuery, parseSort, rowPlace, SORT_KEYS } from '@agentcom/schemas';
import { expect, it } from 'vitest';
import { Bench, MINUTE, ORG, REPO } from '../fixture.js';
import { endOf } from './dead-letters.js';
import { indexedPart, isOfIndex, taskFacts, taskPlace } from './task-facts.js';
import { taskSummary } from './view.js';

function indexed(text: string, now = 10_000_000) {
  const { query } = parseQuery('tasks', text, { now: 0, zone: 'UTC' });
  if (query === undefined) throw new Error('not a query');
  return { ...indexedPart(query, now), isAll: isOfIndex(query) };
}

it('has every task at the place of its row, in every order', () => {
  const bench = new Bench();
  const spec = { title: 'a task', prompt: 'do it', lane: 'high' as const, needs: ['x'], repo: REPO };
  bench.take({ type: 'task.submit', org: ORG, by: 'test', spec });
  const [task] = bench.state.tasks.values();
  if (task === undefined) throw new Error('no task');
  for (const usage of [undefined, { costMicros: 5 }]) {
    const own = { ...task, usage, finishedAt: usage && task.createdAt + 5, agent: usage && 'ann' };
    for (const key of SORT_KEYS.tasks) {
      const { sort } = parseSort('tasks', key);
      if (sort === undefined) throw new Error(`no order ${key}`);
      expect(taskPlace(sort)(own), key).toEqual(rowPlace('tasks', sort)(taskSummary(own)));
    }
  }
});

it('leaves to the indexes what they know', () => {
  expect(indexed('state:queued,dead -state:dead')).toMatchObject({ states: ['queued'], isAll: true });
  expect(indexed('age:>1h')).toMatchObject({ until: 6_400_000, since: undefined, isAll: false });
  expect(indexed('age:<=1h created:<1970-01-02')).toMatchObject({ since: 6_400_000, until: 86_400_000 });
  expect(indexed('-age:>1h')).toMatchObject({ since: undefined, until: undefined });
  expect(indexed('age:>1h,>2h')).toMatchObject({ until: undefined });
  expect(indexed('created:1970-01-01')).toMatchObject({ since: 0, until: 86_400_000, isAll: false });
  expect(indexed('age:1970-01-02..')).toMatchObject({ since: 86_400_000, until: undefined });
  expect(indexed('')).toMatchObject({ states: undefined, isAll: true });
});

it('finds the letters of a group and no other, while they are dead', () => {
  const bench = new Bench();
  bench.join('a');
  const [one, other] = ['it.failed', 'it.burnt'].map((code) => {
    const task = bench.submit({ repo: REPO });
    bench.accept(task);
    bench.fail(task, 'permanent', undefined, code);
    return task;
  });
  const group = endOf(bench.task(one ?? '')).id;
  const matching = (text: string) => {
    const { query } = parseQuery('tasks', text, { now: 0, zone: 'UTC' });
    const matches = query && matcherOf(query, taskFacts('me'));
    return [one, other].filter((id = '') => matches?.(bench.task(id), bench.now));
  };
  expect(matching(`group:"${group}"`)).toEqual([one]);
  bench.pass(2 * MINUTE);
  expect([matching('dead:>1m'), matching('dead:>3m')]).toEqual([[one, other], []]);
  bench.take({ type: 'dead.requeue', ...bench.operator(one ?? '') });
  expect(matching(`group:"${group}"`)).toEqual([]);
});

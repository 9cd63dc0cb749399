// Lists by the indexes say the same as a look at every task.

import { LANES, TASK_STATES } from '@agentcom/schemas';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Bench, MINUTE, ORG, submission } from '../fixture.js';
import { countTasks, LOOKED_AT_MAX, listTasks, matchingTasks, type TaskFilter } from './list-tasks.js';
import { agentOfTask, isFinal, noTasks, type Task } from './task.js';

const CALLERS = ['key:1', 'key:2', 'agent:a'];
const ORGS = [ORG, 'other'];

const act = fc.record({
  kind: fc.constantFrom('submit', 'submit', 'accept', 'complete', 'fail', 'cancel', 'archive', 'wait'),
  which: fc.nat(1_000),
  lane: fc.constantFrom(...LANES),
});

/** Tasks of two organisations and three callers, in every state. */
function played(acts: readonly { kind: string; which: number; lane: (typeof LANES)[number] }[]): Bench {
  const bench = new Bench({ maxAttempts: 1 });
  for (const name of ['a', 'b']) bench.join(name);
  for (const { kind, which, lane } of acts) {
    const tasks = [...bench.state.tasks.values()];
    const task = tasks[which % Math.max(1, tasks.length)];
    if (kind === 'submit' || task === undefined) {
      const notBefore = which % 7 === 0 ? { notBefore: bench.now + MINUTE } : {};
      const { spec } = submission({ lane, ...notBefore });
      const org = ORGS[which % 5 === 0 ? 1 : 0] as string;
      bench.take({ type: 'task.submit', org, by: CALLERS[which % CALLERS.length] as string, spec });
    } else if (kind === 'wait') bench.pass(which * 100);
    else if (kind === 'archive') bench.archive(task.id);
    else if (kind === 'accept' && task.state === 'assigned') bench.accept(task.id);
    else if (kind === 'complete' && task.state === 'working') bench.complete(task.id);
    else if (kind === 'fail' && task.state === 'working') bench.fail(task.id, 'permanent');
    else if (kind === 'cancel' && !isFinal(task.state)) {
      bench.take({ type: 'task.cancel', org: task.org, task: task.id, by: 'operator', reason: 'enough' });
    }
  }
  return bench;
}

const acts = fc.array(act, { minLength: 1, maxLength: 120, size: 'max' });
const times = fc.nat(400_000).map((ms) => new Bench().now + ms);
const filters = fc.record({
  org: fc.constantFrom(...ORGS, 'nobody'),
  by: fc.constantFrom(undefined, ...CALLERS, 'key:none'),
  states: fc.option(fc.subarray([...TASK_STATES]), { nil: undefined }),
  lanes: fc.option(fc.subarray([...LANES]), { nil: undefined }),
  agent: fc.constantFrom(undefined, 'a'),
  since: fc.option(times, { nil: undefined, freq: 1 }),
  until: fc.option(times, { nil: undefined, freq: 1 }),
  oldestFirst: fc.boolean(),
});

function scanned(bench: Bench, filter: TaskFilter): string[] {
  const { org, by, states, lanes, agent, since = 0, until = Number.POSITIVE_INFINITY, oldestFirst } = filter;
  const isListed = (task: Task): boolean =>
    task.org === org &&
    (by === undefined || task.by === by) &&
    (states === undefined || states.includes(task.state)) &&
    (lanes === undefined || lanes.includes(task.spec.lane)) &&
    (agent === undefined || agentOfTask(task) === agent) &&
    task.createdAt >= since &&
    task.createdAt <= until;
  const ids = [...bench.state.tasks.values()].filter(isListed).map(({ id }) => id);
  return oldestFirst === true ? ids : ids.reverse();
}

test('page by page, what a scan finds, in order, also once the last of a page has gone', () => {
  fc.assert(
    fc.property(acts, filters, fc.integer({ min: 1, max: 7 }), fc.boolean(), (script, filter, limit, goes) => {
      const bench = played(script);
      const all = scanned(bench, filter);
      expect([...matchingTasks(bench.state, filter)].map(({ id }) => id)).toEqual(all);
      const first = listTasks(bench.state, filter, limit);
      expect(first.nextCursor === undefined).toBe(all.length <= limit);
      if (goes && first.nextCursor !== undefined) bench.archive(first.nextCursor);
      const listed = first.tasks.map(({ id }) => id);
      for (let cursor = first.nextCursor; cursor !== undefined; ) {
        const page = listTasks(bench.state, filter, limit, cursor);
        listed.push(...page.tasks.map(({ id }) => id));
        cursor = page.nextCursor;
      }
      expect(listed).toEqual(all);
    }),
    { numRuns: 150 },
  );
});

test.each([false, true])('a page goes on from the place of a task that has gone, oldest first: %s', (oldestFirst) => {
  const bench = new Bench();
  const ids = Array.from({ length: 5 }, () => bench.submit());
  for (const id of ids) bench.take({ type: 'task.cancel', ...bench.operator(id), reason: 'enough' });
  const inOrder = oldestFirst ? ids : [...ids].reverse();
  const { nextCursor } = listTasks(bench.state, { org: ORG, oldestFirst }, 2);
  bench.archive(nextCursor ?? '');
  const { tasks } = listTasks(bench.state, { org: ORG, oldestFirst }, 5, nextCursor);
  expect(tasks.map(({ id }) => id)).toEqual(inOrder.slice(2));
});

test('counts by organisation and state are those of a scan', () => {
  fc.assert(
    fc.property(acts, (script) => {
      const bench = played(script);
      for (const org of ORGS) {
        const counts = noTasks();
        for (const task of bench.state.tasks.values()) if (task.org === org) counts[task.state]++;
        expect(bench.state.taskIndex.counts(org)).toEqual(counts);
      }
    }),
    { numRuns: 50 },
  );
});

test('a page looks at no more tasks than it shows, and one that tells whether there is another', () => {
  const bench = new Bench();
  for (let i = 0; i < 2_000; i++) bench.submit();
  let seen = 0;
  const accepts = (): boolean => ++seen > 0;
  const { nextCursor } = listTasks(bench.state, { org: ORG, accepts }, 50);
  listTasks(bench.state, { org: ORG, states: ['queued'], accepts }, 50, nextCursor);
  expect(seen).toBe(2 * 51);
});

test('a page that finds little looks at so many tasks, and the pages together find what there is', () => {
  const bench = new Bench();
  const rare = new Set<string>();
  for (let i = 0; i < 3 * LOOKED_AT_MAX; i++) {
    const id = bench.submit();
    if (i % 4_000 === 100) rare.add(id);
  }
  let looked = 0;
  const accepts = ({ id }: Task): boolean => ++looked > 0 && rare.has(id);
  const found: string[] = [];
  const costs: number[] = [];
  for (let cursor: string | undefined, isOver = false; !isOver; ) {
    looked = 0;
    const page = listTasks(bench.state, { org: ORG, accepts }, 50, cursor);
    costs.push(looked);
    found.push(...page.tasks.map(({ id }) => id));
    cursor = page.nextCursor;
    isOver = cursor === undefined;
  }
  expect(found).toEqual([...rare].reverse());
  expect(costs).toEqual([LOOKED_AT_MAX, LOOKED_AT_MAX, LOOKED_AT_MAX]);
});

test('the cursor of a short page is never the id of a task that somebody else submitted', () => {
  const bench = new Bench();
  const { spec } = submission();
  const submit = (by: string): string => bench.take({ type: 'task.submit', org: ORG, by, spec }).reply.task;
  const own = new Set<string>();
  // Fewer tasks are in the state than are its own, so that its own are not what the state's index gives.
  for (let i = 0; i < LOOKED_AT_MAX + 1_000; i++) {
    const task = submit('key:1');
    own.add(task);
    bench.take({ type: 'task.cancel', org: ORG, task, by: 'key:1', reason: 'enough' });
  }
  for (let i = 0; i < LOOKED_AT_MAX + 500; i++) submit('key:2');
  const { tasks, nextCursor } = listTasks(bench.state, { org: ORG, by: 'key:1', states: ['queued'] }, 50);
  expect(tasks).toEqual([]);
  expect(own.has(nextCursor ?? '')).toBe(true);
});

test.each([false, true])('a list of some time looks at nothing before or after it, oldest first: %s', (oldestFirst) => {
  const bench = new Bench();
  for (let i = 0; i < 1_000; i++) {
    bench.submit();
    bench.wait(1_000);
  }
  let looked = 0;
  const [since, until] = [bench.now - 500_000, bench.now - 491_000];
  const accepts = (): boolean => ++looked > 0;
  expect(listTasks(bench.state, { org: ORG, since, until, accepts, oldestFirst }, 50).tasks).toHaveLength(10);
  expect(looked).toBe(10);
});

test('a count is exact, or unknown after a look at so many', () => {
  const bench = new Bench();
  const ids = Array.from({ length: LOOKED_AT_MAX }, () => bench.submit());
  let looked = 0;
  const accepts = ({ id }: Task): boolean => ++looked > 0 && id === ids[0];
  expect(countTasks(bench.state, { org: ORG, accepts }, 10_000)).toBe(1);
  expect(countTasks(bench.state, { org: ORG, accepts: () => true }, 10)).toBe(10);
  expect(countTasks(bench.state, { org: ORG }, 10)).toBe(10);
  bench.submit();
  looked = 0;
  expect(countTasks(bench.state, { org: ORG, accepts }, 10_000)).toBeUndefined();
  expect(looked).toBe(LOOKED_AT_MAX);
  expect(countTasks(bench.state, { org: ORG, states: ['queued', 'queued'] }, 10_000)).toBe(LOOKED_AT_MAX + 1);
});

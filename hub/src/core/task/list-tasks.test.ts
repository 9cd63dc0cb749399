// Lists by the indexes say the same as a look at every task.

import { LANES, TASK_STATES } from '@agentcom/schemas';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Bench, MINUTE, ORG, submission } from '../fixture.js';
import { listTasks, matchingTasks, type TaskFilter } from './list-tasks.js';
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
const filters = fc.record({
  org: fc.constantFrom(...ORGS, 'nobody'),
  by: fc.constantFrom(undefined, ...CALLERS, 'key:none'),
  states: fc.option(fc.subarray([...TASK_STATES]), { nil: undefined }),
  lanes: fc.option(fc.subarray([...LANES]), { nil: undefined }),
  agent: fc.constantFrom(undefined, 'a'),
});

function scanned(bench: Bench, { org, by, states, lanes, agent }: TaskFilter): string[] {
  const isListed = (task: Task): boolean =>
    task.org === org &&
    (by === undefined || task.by === by) &&
    (states === undefined || states.includes(task.state)) &&
    (lanes === undefined || lanes.includes(task.spec.lane)) &&
    (agent === undefined || agentOfTask(task) === agent);
  const tasks = [...bench.state.tasks.values()].filter(isListed);
  return tasks.map(({ id }) => id).reverse();
}

test('page by page, what a scan finds, newest first, also once the last of a page has gone', () => {
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

// What comes first when more falls due in one moment than one decision handles.

import { LANES } from '@agentcom/schemas';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Bench, HOUR } from './fixture.js';

/** `ordinary` tasks in front of one urgent, all due in the same moment. */
function dueTogether(bench: Bench, ordinary: number, inSteps = 0): string {
  const notBefore = bench.now + HOUR;
  for (let i = 0; i < ordinary; i++) bench.submit({ lane: 'low', notBefore: notBefore + i * inSteps });
  return bench.submit({ lane: 'urgent', notBefore: notBefore + ordinary * inSteps });
}

test.each([0, 10])('an urgent task due behind hundreds of others goes first, %d ms apart', (inSteps) => {
  const bench = new Bench();
  bench.join('a');
  const urgent = dueTogether(bench, 350, inSteps);
  bench.pass(2 * HOUR);
  expect(bench.agent('a').task).toBe(urgent);
});

test('an agent that comes while due tasks are still coming in gets the urgent one', () => {
  const bench = new Bench();
  bench.join('a');
  const urgent = dueTogether(bench, 150);
  bench.enrol('b');
  bench.wait(2 * HOUR);
  expect(bench.take({ type: 'tick' }).reply.more).toBe(true);
  bench.hello('b');
  bench.tick();
  expect(bench.task(urgent).agent).toBeDefined();
  expect([bench.agent('a').task, bench.agent('b').task]).toContain(urgent);
  expect(bench.agent('b').task).toBeDefined();
});

test('an idle agent is not forgotten when the rest of what was due is cancelled', () => {
  const bench = new Bench();
  bench.join('a');
  const tasks = Array.from({ length: 101 }, () => bench.submit({ notBefore: bench.now + HOUR }));
  bench.wait(2 * HOUR);
  expect(bench.take({ type: 'tick' }).reply.more).toBe(true);
  bench.take({ type: 'task.cancel', ...bench.operator(tasks[100] as string), reason: 'enough' });
  bench.wait(bench.state.deadlines.nextAt() - bench.now);
  bench.tick();
  expect(bench.agent('a').task).toBe(tasks[0]);
});

test('however many fall due together, the agents get what goes first', () => {
  const due = fc.record({ lane: fc.constantFrom(...LANES, ...Array<'low'>(200).fill('low')), atMs: fc.nat(2_000) });
  fc.assert(
    fc.property(
      fc.array(due, { minLength: 90, maxLength: 330, size: 'max' }),
      fc.integer({ min: 1, max: 5 }),
      (all, agents) => {
        const bench = new Bench();
        for (let i = 0; i < agents; i++) bench.join(`agent-${i}`);
        for (const { lane, atMs } of all) bench.submit({ lane, notBefore: bench.now + HOUR + atMs });
        bench.pass(2 * HOUR);
        const ranks = all.map(({ lane }) => LANES.indexOf(lane)).sort((x, y) => x - y);
        const taken = [...bench.state.agents.values()].map(({ task }) =>
          LANES.indexOf(bench.task(task ?? '').spec.lane),
        );
        expect(taken.sort((x, y) => x - y)).toEqual(ranks.slice(0, agents));
      },
    ),
    { numRuns: 30, endOnFailure: true },
  );
});

// What rows of a list say of why tasks wait: the first reason of each, in a few words, with a bound to what is looked at.

import { expect, test } from 'vitest';
import { Bench, HOUR, REPO } from '../fixture.js';
import { HaltBench } from '../halt/fixture.js';
import { why } from './why.js';
import { type BriefContext, WhyInBrief } from './why-in-brief.js';

function briefOf(bench: Bench, context: Partial<BriefContext> = {}) {
  return new WhyInBrief(bench.state, { now: bench.now, signsOf: () => undefined, seesParents: true, ...context });
}

const textOf = (bench: Bench, task: string, context: Partial<BriefContext> = {}) =>
  briefOf(bench, context).of(bench.task(task))?.text;

test('a queued task says what is lacking, or who has to come first', () => {
  const bench = new Bench();
  const gpu = bench.submit({ needs: ['gpu'] });
  expect(textOf(bench, gpu)).toBe('no agent has joined');
  bench.enrol('a', ['git']);
  expect(textOf(bench, gpu)).toBe('no agent offers gpu');
  const [first, second, third] = [1, 2, 3].map(() => bench.submit({ needs: ['git'] })) as [string, string, string];
  expect(textOf(bench, second)).toBe('1 agent fits, none connected');
  bench.hello('a');
  bench.accept(first);
  expect(textOf(bench, second)).toBe('next when an agent is free (1 agent busy)');
  expect(textOf(bench, third)).toBe('1 like it goes first (1 agent busy)');
  expect(textOf(bench, first)).toBeUndefined();
});

test('a task that names an agent that is not there lacks that one', () => {
  const bench = new Bench();
  bench.join('a');
  expect(textOf(bench, bench.submit({ needs: ['agent:b'] }))).toBe('no agent offers agent:b');
});

test('what holds a task back is said with its end, and what stops one of the same wants stops no other', () => {
  const bench = new HaltBench();
  bench.join('a');
  const until = bench.now + HOUR;
  bench.halt({ kind: 'label', value: 'team=roof' }, { until });
  const [held, free] = [bench.submit({ labels: { team: 'roof' } }), bench.submit({ labels: { team: 'door' } })];
  const next = bench.submit({ labels: { team: 'door' } });
  expect(bench.task(free).state).toBe('assigned');
  const whys = briefOf(bench);
  expect(whys.of(bench.task(held))).toEqual({
    code: 'halted',
    text: 'halted: moving house',
    until: new Date(until).toISOString(),
  });
  expect(whys.of(bench.task(next))?.code).toBe('agents_busy');
  expect(whys.of(bench.task(held))?.code).toBe('halted');
});

test('tasks of one repository do not answer for those of another', () => {
  const bench = new Bench();
  bench.join('a', [], { repositories: ['git.example.com/team/roof'] });
  const [here, there] = [bench.submit({ repo: REPO }), bench.submit({ repo: { url: 'https://other.example/x' } })];
  const whys = briefOf(bench);
  const texts = [here, there].map((task) => whys.of(bench.task(task))?.code);
  expect(texts).toEqual([here, there].map((task) => why(bench.state, bench.task(task)).reasons[0]?.code));
});

test('other states say what comes next, and nothing once all is over', () => {
  const bench = new Bench();
  bench.join('a');
  const task = bench.submit();
  const child = bench.submit({ dependsOn: [task] });
  expect(textOf(bench, task)).toBe('offered, not accepted yet');
  expect(textOf(bench, child)).toBe('waits for 1 task');
  bench.accept(task);
  bench.block(task);
  expect(textOf(bench, task)).toBe('waits for an answer');
  bench.take({ type: 'task.answer', ...bench.operator(task), answer: 'left' });
  bench.fail(task, 'transient');
  expect(textOf(bench, task)).toBe('failed (it.transient)');
  bench.take({ type: 'task.retry', ...bench.operator(task) });
  bench.accept(task);
  bench.fail(task, 'permanent');
  expect(textOf(bench, task)).toBe('a retry cannot fix it (it.permanent)');
  expect(textOf(bench, child)).toBe('waits for a dead task');
  expect(textOf(bench, child, { seesParents: false })).toBe('waits for 1 task');
  bench.take({ type: 'task.cancel', ...bench.operator(child), reason: 'r' });
  expect(textOf(bench, child)).toBeUndefined();
});

test('the text stays the same while time passes', () => {
  const bench = new Bench();
  bench.join('a');
  const task = bench.submit();
  bench.accept(task);
  bench.gone('a');
  expect(textOf(bench, task)).toBe('the agent is disconnected');
  expect(textOf(bench, task, { now: bench.now + HOUR })).toBe('the agent is disconnected');
});

test('tasks that want the same are looked at once, and no more than a bound of agents', () => {
  const bench = new Bench();
  for (let n = 0; n < 1_000; n++) bench.enrol(`agent-${n}`, ['git']);
  const alike = Array.from({ length: 2_000 }, () => bench.submit({ needs: ['git'] }));
  const whys = briefOf(bench);
  for (const task of alike) expect(whys.of(bench.task(task))?.code).toBe('agents_offline');
  const others = Array.from({ length: 500 }, (_, n) => bench.submit({ needs: [`need-${n}`] }));
  const known = others.filter((task) => whys.of(bench.task(task)) !== undefined);
  expect(whys.isSpent).toBe(true);
  expect(known.length).toBeGreaterThan(50);
  expect(known.length).toBeLessThan(500);
  expect(whys.of(bench.task(alike[0] as string))?.code).toBe('agents_offline');
});

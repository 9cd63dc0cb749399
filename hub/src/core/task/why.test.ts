import { expect, test } from 'vitest';
import { Bench, HOUR, MINUTE, ORG } from '../fixture.js';
import { why } from './why.js';

const codes = (bench: Bench, task: string): string[] =>
  why(bench.state, bench.task(task)).reasons.map(({ code }) => code);
const drain = (bench: Bench, agent: string): unknown =>
  bench.take({ type: 'agent.drain', org: ORG, agent, draining: true, reason: 'asked' });

test('a queued task waits for the first thing that is missing', () => {
  const bench = new Bench();
  const task = bench.submit({ needs: ['git', 'gpu'] });
  expect(codes(bench, task)).toEqual(['no_agents']);
  bench.enrol('a', ['git']);
  expect(why(bench.state, bench.task(task)).reasons[0]).toMatchObject({
    code: 'no_capable_agent',
    message: 'no agent offers gpu',
  });
  bench.enrol('b', ['gpu']);
  expect(why(bench.state, bench.task(task)).reasons[0]?.message).toBe('no single agent offers all of git, gpu');
  bench.enrol('c', ['git', 'gpu']);
  expect(codes(bench, task)).toEqual(['agents_offline']);
  drain(bench, 'c');
  bench.hello('c');
  expect(codes(bench, task)).toEqual(['agents_draining']);
});

test('a queued task that only a dedicated agent could do says what it would have to need', () => {
  const bench = new Bench();
  bench.join('a', ['git', 'demo', 'dedicated:demo']);
  const task = bench.submit({ needs: ['git'] });
  expect(why(bench.state, bench.task(task)).reasons).toEqual([
    { code: 'no_capable_agent', message: '1 agent has what it needs, but only for tasks that need demo' },
  ]);
});

test('a queued task waits for agents that are busy, silent, or declined it', () => {
  const bench = new Bench();
  bench.join('a');
  const [first, second] = [bench.submit(), bench.submit()];
  expect(codes(bench, second)).toEqual(['agents_busy']);
  bench.accept(first);
  bench.complete(first);
  bench.take({ type: 'task.reject', ...bench.by(second), reason: 'no' });
  expect(codes(bench, second)).toEqual(['passed_over']);
  bench.pass(6_000);
  bench.pass(2 * MINUTE);
  expect(codes(bench, second)).toEqual(['agents_unresponsive']);
});

test('agents that wait for an answer are told from those that work', () => {
  const bench = new Bench();
  for (const name of ['a', 'b']) bench.join(name);
  const [first, second, third] = [bench.submit(), bench.submit(), bench.submit()];
  const message = () => why(bench.state, bench.task(third)).reasons[0]?.message;
  for (const task of [first, second]) bench.accept(task);
  expect(message()).toBe('2 agents could do it, but all are busy');
  bench.block(first);
  expect(message()).toBe('2 agents could do it, but all are busy; 1 of them waits for an answer');
  bench.block(second, 'q2');
  expect(message()).toBe('2 agents could do it, but all wait for answers');
});

test('a queued task waits for the runner it names, and for the end of its usage limit', () => {
  const bench = new Bench();
  bench.join('a', ['git', 'runner:claude']);
  const codex = bench.submit({ runner: 'codex' });
  expect(why(bench.state, bench.task(codex)).reasons[0]).toMatchObject({
    code: 'no_capable_agent',
    message: 'no agent has the runner codex',
  });
  bench.join('b', ['gpu', 'runner:codex']);
  const both = bench.submit({ runner: 'codex', needs: ['git'] });
  expect(why(bench.state, bench.task(both)).reasons[0]?.message).toBe(
    'no single agent offers all of git, runner codex',
  );
  bench.accept(codex);
  bench.fail(codex, 'rate_limited', bench.now + HOUR);
  const next = bench.submit({ runner: 'codex' });
  const until = new Date(bench.now + HOUR).toISOString();
  expect(why(bench.state, bench.task(next)).reasons).toEqual([
    {
      code: 'runner_limited',
      message: '1 agent could do it, but the usage limit of codex has been hit; it resets by itself',
      until,
    },
  ]);
});

test('other waiting tasks say what they wait for', () => {
  const bench = new Bench();
  const later = bench.submit({ notBefore: bench.now + HOUR });
  const child = bench.submit({ dependsOn: [later] });
  expect(codes(bench, later)).toEqual(['not_before']);
  expect(codes(bench, child)).toEqual(['waits_for_parent']);
  bench.join('a');
  const task = bench.submit();
  expect(codes(bench, task)).toEqual(['offered']);
  bench.accept(task);
  expect(codes(bench, task)).toEqual(['running']);
  bench.block(task);
  expect(codes(bench, task)).toEqual(['waits_for_answer']);
  bench.take({ type: 'task.answer', ...bench.operator(task), answer: 'left' });
  bench.fail(task, 'rate_limited', bench.now + HOUR);
  expect(codes(bench, task)).toEqual(['rate_limited']);
  bench.take({ type: 'task.retry', ...bench.operator(task) });
  expect(codes(bench, task)).toEqual(['runner_limited']);
  bench.take({ type: 'agent.drain', org: ORG, agent: 'a', draining: false, reason: 'paid for more' });
  bench.accept(task);
  bench.fail(task);
  expect(codes(bench, task)).toEqual(['backoff']);
});

test('a dead task says why it died, and its children that it is dead', () => {
  const bench = new Bench();
  bench.join('a');
  const task = bench.submit();
  const child = bench.submit({ dependsOn: [task] });
  bench.accept(task);
  bench.fail(task, 'permanent');
  expect(why(bench.state, bench.task(task)).reasons).toEqual([
    {
      code: 'dead',
      message: 'it failed in a way that a retry cannot fix; last error: it failed (it.permanent)',
      failure: 'it.permanent',
    },
  ]);
  expect(why(bench.state, bench.task(child)).reasons).toMatchObject([{ code: 'parent_dead', task }]);
});

test('a task that backs off says what failed, when, and what comes next', () => {
  const bench = new Bench();
  bench.join('a');
  const task = bench.submit({ maxAttempts: 3 });
  bench.accept(task);
  bench.fail(task, 'transient');
  const { deadline = 0 } = bench.task(task);
  expect(why(bench.state, bench.task(task), { now: bench.now + 20_000 }).reasons).toEqual([
    {
      code: 'backoff',
      message: 'attempt 1 of 3 failed 20 s ago: it failed (it.transient); the next one starts after a delay',
      until: new Date(deadline).toISOString(),
      failure: 'it.transient',
    },
  ]);
});

test('of an error whose message goes on with output, only the cause is said', () => {
  const bench = new Bench();
  bench.join('a');
  const task = bench.submit();
  bench.accept(task);
  bench.fail(task, 'permanent');
  const attempt = bench.task(task).attemptLog?.at(-1);
  if (attempt?.error !== undefined)
    Object.assign(attempt, { error: { ...attempt.error, message: 'npm test failed:\n1 of 9' } });
  expect(why(bench.state, bench.task(task)).reasons[0]?.message).toContain(
    'last error: npm test failed (it.permanent)',
  );
});

test('a blocked task says since when, until when, and what happens without an answer', () => {
  const bench = new Bench();
  bench.join('a');
  const task = bench.submit({ maxAttempts: 2 });
  bench.accept(task);
  bench.block(task);
  const asked = () => why(bench.state, bench.task(task), { now: bench.now + 3 * MINUTE }).reasons;
  const until = new Date(bench.task(task).deadline ?? 0).toISOString();
  const said = 'waits for an answer: which?\nAsked 3 min ago by a; without an answer,';
  expect(asked()).toEqual([
    { code: 'waits_for_answer', message: `${said} the attempt fails and the task is retried`, until },
  ]);
  Object.assign(bench.task(task), { attempts: 1 });
  expect(asked()[0]?.message).toBe(`${said} the task is dead`);
});

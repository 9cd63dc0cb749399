// What a stopped attempt has left, also when its sidecar says so after the hub has ceased to wait for that.

import { describe, expect, test } from 'vitest';
import { Bench, MINUTE, REPO } from '../fixture.js';
import { taskView } from './view.js';

function working(bench: Bench, spec: Parameters<Bench['submit']>[0] = {}): string {
  if (bench.state.agents.size === 0) bench.join('a');
  const task = bench.submit({ repo: REPO, ...spec });
  bench.accept(task);
  return task;
}

test('a lost attempt whose sidecar comes back is known to have left nothing, or what it names', () => {
  const bench = new Bench();
  const task = working(bench);
  bench.gone('a');
  bench.pass(10 * MINUTE);
  bench.take({ type: 'task.cancel', ...bench.operator(task), reason: 'enough' });
  expect(taskView(bench.task(task)).attempts).toMatchObject([{ error: { code: 'agent.offline' } }]);
  expect(taskView(bench.task(task)).attempts[0]).not.toHaveProperty('leftConfirmed');
  bench.hello('a', { task, generation: 1 });
  const { left, ...nothing } = { type: 'task.stopped' as const, ...bench.by(task, 'a'), left: bench.left(task) };
  bench.take(nothing);
  expect(taskView(bench.task(task)).attempts).toMatchObject([{ leftConfirmed: true }]);
  expect(bench.take(nothing).events).toEqual([]);
  bench.take({ ...nothing, left });
  expect(bench.take(nothing).events).toEqual([]);
  expect(taskView(bench.task(task)).attempts).toMatchObject([{ ...bench.left(task), leftConfirmed: true }]);
});

describe('a stop that is reported after the stop grace', () => {
  function stoppedLate() {
    const bench = new Bench();
    const task = working(bench);
    const stopped = { type: 'task.stopped' as const, ...bench.by(task), left: bench.left(task) };
    bench.take({ type: 'task.cancel', ...bench.operator(task), reason: 'enough' });
    bench.pass(2 * MINUTE);
    expect(bench.agent('a').stopping).toBeUndefined();
    return { bench, task, stopped };
  }

  test('names what it left, once', () => {
    const { bench, task, stopped } = stoppedLate();
    const event = { type: 'task.attempt_left', task, generation: 1, left: bench.left(task) };
    expect(bench.take(stopped).events).toEqual([event]);
    expect(taskView(bench.task(task))).toMatchObject({ state: 'cancelled', attempts: [bench.left(task)] });
    expect(bench.take(stopped).events).toEqual([]);
  });

  test('names it even if its agent is working on another task', () => {
    const { bench, task, stopped } = stoppedLate();
    const next = working(bench);
    bench.take(stopped);
    expect(taskView(bench.task(task)).attempts).toMatchObject([bench.left(task)]);
    expect(bench.task(next)).toMatchObject({ state: 'working', agent: 'a' });
  });

  test('names it even if its agent is working on the same task again', () => {
    const bench = new Bench({ retryBaseSeconds: 0 });
    const task = working(bench, { runTimeoutMs: MINUTE });
    const stopped = { type: 'task.stopped' as const, ...bench.by(task), left: bench.left(task) };
    bench.pass(MINUTE);
    bench.pass(2 * MINUTE);
    bench.accept(task);
    bench.take(stopped);
    const { state, generation, attempts } = taskView(bench.task(task));
    expect({ state, generation, attempts }).toMatchObject({
      state: 'working',
      generation: 2,
      attempts: [bench.left(task), {}],
    });
    expect(attempts[1]).not.toHaveProperty('branch');
  });

  test('takes the place of what it left before, if that differs', () => {
    const { bench, task, stopped } = stoppedLate();
    bench.take({ ...stopped, left: { branch: bench.left(task).branch } });
    expect(taskView(bench.task(task)).attempts[0]).not.toHaveProperty('salvageRef');
    bench.take(stopped);
    expect(taskView(bench.task(task)).attempts).toMatchObject([bench.left(task)]);
  });

  test.each([
    ['of another agent', { agent: 'b' }],
    ['of an agent that does not exist', { agent: 'nobody' }],
    ['of another generation', { generation: 2 }],
    ['of another organisation', { org: 'other' }],
    ['of a task that does not exist', { task: 'id-9999' }],
    ['that left nothing', { left: undefined }],
  ])('changes nothing for an attempt %s', (_what, other) => {
    const { bench, stopped } = stoppedLate();
    bench.join('b');
    const { left, ...said } = { ...stopped, ...other, ...('agent' in other && bench.from(other.agent)) };
    const before = bench.dump();
    expect(bench.take({ ...said, ...(left !== undefined && { left }) }).events).toEqual([]);
    expect(bench.dump()).toEqual(before);
  });

  test('changes nothing for an attempt that has ended by its report', () => {
    const bench = new Bench();
    const task = working(bench);
    const stopped = { type: 'task.stopped' as const, ...bench.by(task), left: bench.left(task) };
    bench.complete(task);
    expect(bench.take(stopped).events).toEqual([]);
  });
});

test('a stop changes nothing for an attempt of another agent, also when its sidecar was told to stop it', () => {
  const bench = new Bench();
  const task = working(bench);
  bench.join('b');
  const held = { task, generation: 1 };
  expect(bench.hello('b', held).reply.holding).toBe('drop');
  bench.take({ type: 'task.stopped', ...bench.from('b'), ...held, left: bench.left(task) });
  expect(bench.agent('b').stopping).toBeUndefined();
  expect(taskView(bench.task(task)).attempts[0]).not.toHaveProperty('branch');
});

test('an agent that let an offer pass while it was stopping is offered work again once it has stopped', () => {
  const bench = new Bench();
  const task = working(bench);
  const stopped = { type: 'task.stopped' as const, ...bench.by(task) };
  const { generation } = stopped;
  bench.take({ type: 'task.cancel', ...bench.operator(task), reason: 'enough' });
  const next = bench.submit();
  bench.pass(MINUTE);
  expect(bench.task(next).agent).toBe('a');
  bench.pass(2 * MINUTE);
  expect(bench.agent('a')).toMatchObject({ task: undefined, unresponsive: true });
  const other = bench.submit();
  bench.take({ ...stopped, generation: generation + 1 });
  expect(bench.agent('a').unresponsive).toBe(true);
  bench.take(stopped);
  expect(bench.task(other)).toMatchObject({ state: 'assigned', agent: 'a' });
});

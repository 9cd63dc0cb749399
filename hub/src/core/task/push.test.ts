import { expect, test } from 'vitest';
import { Bench, REPO } from '../fixture.js';
import { assignmentContext } from './assignment-context.js';
import { why } from './why.js';

/** A dead task whose work is kept on the machine of `a`; `b` is idle, too. */
function dead(bench: Bench): string {
  bench.join('a', ['gpu']);
  const task = bench.submit({ repo: REPO, needs: ['gpu'], runner: 'claude' });
  bench.accept(task);
  bench.take({
    type: 'task.fail',
    ...bench.by(task),
    report: bench.mark(),
    error: { class: 'permanent', code: 'git.push_refused', message: 'refused' },
    left: { salvageRef: bench.left(task).salvageRef },
  });
  bench.join('b', ['gpu']);
  return task;
}

test('kept work goes to the agent that has it, and says that it is only to be pushed', () => {
  const bench = new Bench();
  const task = dead(bench);
  bench.gone('a');
  bench.take({ type: 'task.push', ...bench.operator(task) });
  expect(bench.task(task)).toMatchObject({ state: 'queued', attempts: 0 });
  expect(why(bench.state, bench.task(task)).reasons).toMatchObject([{ code: 'agents_offline' }]);
  bench.hello('a');
  expect(bench.task(task)).toMatchObject({ state: 'assigned', agent: 'a' });
  expect(assignmentContext(bench.task(task)).push).toEqual({ salvageRef: bench.left(task).salvageRef });
});

test('a push that fails for a passing reason stays one, and the next requeue is none', () => {
  const bench = new Bench();
  const task = dead(bench);
  bench.take({ type: 'task.push', ...bench.operator(task) });
  bench.accept(task);
  bench.fail(task);
  bench.pass(3_600_000);
  expect(bench.task(task)).toMatchObject({
    state: 'assigned',
    agent: 'a',
    push: { salvageRef: bench.left(task).salvageRef },
  });
  bench.accept(task);
  bench.fail(task, 'permanent');
  bench.take({ type: 'dead.requeue', ...bench.operator(task) });
  expect(assignmentContext(bench.task(task)).push).toBeUndefined();
});

test('work on a machine that has left cannot be pushed', () => {
  const bench = new Bench();
  const task = dead(bench);
  bench.take({ type: 'agent.remove', org: bench.task(task).org, agent: 'a' });
  expect(bench.refusal({ type: 'task.push', ...bench.operator(task) })).toBe('task.nothing_kept');
});

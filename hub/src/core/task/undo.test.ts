// What takes a move or a requeue back: the task as it was before, and nothing of what has changed since.

import { expect, test } from 'vitest';
import { Bench, dumpOf, HOUR, ORG } from '../fixture.js';
import type { Undo } from './undo.js';

function dead(bench: Bench, spec: Parameters<Bench['submit']>[0] = {}): string {
  if (bench.state.agents.size === 0) bench.join('a');
  const task = bench.submit(spec);
  bench.accept(task);
  bench.fail(task, 'permanent');
  return task;
}

/** Nobody takes what is requeued from now on. */
function drain(bench: Bench): void {
  bench.take({ type: 'agent.drain', org: ORG, agent: 'a', draining: true, reason: 'x' });
}

function requeue(bench: Bench, task: string, options: object = {}): Undo {
  const { undo } = bench.take({ type: 'dead.requeue', ...bench.operator(task), ...options }).reply;
  if (undo === undefined) throw new Error('it cannot be undone');
  return undo;
}

const undone = (bench: Bench, task: string, undo: Undo) => ({
  type: 'task.undo' as const,
  ...bench.operator(task),
  undo,
});

/** All that a snapshot has of it, but its history and when it was queued. */
function facts(bench: Bench, task: string): object {
  const { history, queuedAt, order, ...rest } = bench.task(task);
  return JSON.parse(JSON.stringify(rest)) as object;
}

test('a move goes back to the lane that it came from, while it is where it was moved to', () => {
  const bench = new Bench();
  const task = bench.submit({ lane: 'low', needs: ['gpu'] });
  const { undo } = bench.take({ type: 'task.move', ...bench.operator(task), to: 'high' }).reply;
  expect(undo).toEqual({ kind: 'move', lane: 'high', back: 'low' });
  bench.take({ type: 'task.move', ...bench.operator(task), to: 'urgent' });
  expect(bench.refusal(undone(bench, task, undo as Undo))).toBe('task.changed_since');
  bench.take({ type: 'task.move', ...bench.operator(task), to: 'high' });
  bench.take(undone(bench, task, undo as Undo));
  expect(bench.task(task).spec.lane).toBe('low');
  expect(dumpOf(bench.replay())).toEqual(bench.dump());
});

test('a move that changed nothing has nothing to undo, and an ended task stays as it is', () => {
  const bench = new Bench();
  const task = bench.submit({ lane: 'urgent' });
  expect(bench.take({ type: 'task.move', ...bench.operator(task), to: 'up' }).reply.undo).toBeUndefined();
  const { undo } = bench.take({ type: 'task.move', ...bench.operator(task), to: 'low' }).reply;
  bench.take({ type: 'task.cancel', ...bench.operator(task), reason: 'enough' });
  expect(bench.refusal(undone(bench, task, undo as Undo))).toBe('task.already_final');
});

test('what is a dead letter again waits for nobody, whatever its requeue had it ask for', () => {
  const bench = new Bench();
  const task = dead(bench);
  drain(bench);
  bench.take(undone(bench, task, requeue(bench, task, { changes: { lane: 'urgent', needs: ['gpu'] } })));
  bench.join('b', ['gpu']);
  expect(bench.task(task).state).toBe('dead');
});

test('a requeued dead letter that nobody was offered is dead again, as it was and since it died', () => {
  const bench = new Bench();
  const task = dead(bench, { budget: { tokens: 100 }, runner: 'codex' });
  drain(bench);
  const before = facts(bench, task);
  const since = bench.state.deadLetters.since(ORG).get(task);
  bench.wait(HOUR);
  const changes = { lane: 'urgent' as const, needs: ['gpu'], maxCost: 5, maxAttempts: 9 };
  const undo = requeue(bench, task, { changes, model: 'm-2', freshSession: true });
  expect(bench.task(task)).toMatchObject({ state: 'queued', attempts: 0, spec: { ...changes, model: 'm-2' } });
  bench.wait(HOUR);
  bench.take(undone(bench, task, undo));
  expect(facts(bench, task)).toEqual(before);
  expect(
    bench
      .task(task)
      .history?.map(({ event }) => event)
      .slice(-3),
  ).toEqual(['dead', 'requeued', 'requeue_undone']);
  expect(bench.state.deadLetters.since(ORG).get(task)).toBe(since);
  expect(dumpOf(bench.replay())).toEqual(bench.dump());
});

test('it stands among the dead letters where it stood, also after a restart', () => {
  const bench = new Bench();
  const first = dead(bench);
  bench.wait(HOUR);
  const [second, third] = [dead(bench), dead(bench)];
  drain(bench);
  const undo = requeue(bench, first);
  bench.take(undone(bench, first, undo));
  const order = () => [
    [...bench.state.deadLetters.since(ORG).keys()],
    ...[...bench.state.deadLetters.groups(ORG)].map(({ since, newest }) => [[...since.keys()], newest]),
  ];
  const expected = [
    [first, second, third],
    [[first, second, third], third],
  ];
  expect(order()).toEqual(expected);
  bench.restart();
  expect(order()).toEqual(expected);
});

test.each<[string, (bench: Bench, task: string) => void, string]>([
  ['offered', (bench) => bench.join('b'), 'task.changed_since'],
  [
    'moved',
    (bench, task) => void bench.take({ type: 'task.move', ...bench.operator(task), to: 'up' }),
    'task.changed_since',
  ],
  [
    'cancelled',
    (bench, task) => void bench.take({ type: 'task.cancel', ...bench.operator(task), reason: 'x' }),
    'task.already_final',
  ],
])('one that was %s since stays as it is', (_what, change, code) => {
  const bench = new Bench();
  const task = dead(bench);
  drain(bench);
  const undo = requeue(bench, task);
  change(bench, task);
  const before = bench.dump();
  expect(bench.refusal(undone(bench, task, undo))).toBe(code);
  expect(bench.dump()).toEqual(before);
});

test('one that was requeued once more since stays in the queue', () => {
  const bench = new Bench();
  const task = dead(bench);
  drain(bench);
  const first = requeue(bench, task);
  bench.take(undone(bench, task, first));
  expect(bench.refusal(undone(bench, task, first))).toBe('task.changed_since');
  bench.wait(1);
  requeue(bench, task);
  expect(bench.refusal(undone(bench, task, first))).toBe('task.changed_since');
});

test('one that its requeue has offered at once stays with the agent, and is refused with why', () => {
  const bench = new Bench();
  const task = dead(bench);
  const undo = requeue(bench, task);
  expect(bench.task(task).state).toBe('assigned');
  const before = bench.dump();
  const outcome = bench.decide(undone(bench, task, undo));
  expect(outcome).toMatchObject({ code: 'task.changed_since', message: 'the task was offered to an agent since' });
  expect(bench.dump()).toEqual(before);
});

test('what has another prompt or backed off has no undo', () => {
  const bench = new Bench();
  const [task, changed] = [dead(bench), dead(bench)];
  bench.take({ type: 'dead.requeue', ...bench.operator(task) });
  drain(bench);
  const prompt = { to: 'do something else' };
  expect(bench.take({ type: 'dead.requeue', ...bench.operator(changed), prompt }).reply.undo).toBeUndefined();
  bench.accept(task);
  bench.fail(task);
  expect(bench.task(task).state).toBe('scheduled');
  expect(bench.take({ type: 'task.retry', ...bench.operator(task) }).reply.undo).toBeUndefined();
});

// Every command about a task against every state it can meet: the state it leaves, or the code of its refusal, which changes nothing.

import type { TaskState } from '@agentcom/schemas';
import { describe, expect, test } from 'vitest';
import type { Command } from '../commands.js';
import { Bench, dumpOf, HOUR, MINUTE, ORG } from '../fixture.js';
import { Refusal } from '../refusal.js';

type Situation = TaskState | 'backoff' | 'rate_limited' | 'resumable';

/** Brings a task into a situation; agent `a` holds it, or held it last. */
const reach: Readonly<Record<Situation, (bench: Bench) => string>> = {
  scheduled: (bench) => bench.submit({ notBefore: bench.now + HOUR }),
  waiting: (bench) => {
    const parent = bench.submit({ notBefore: bench.now + HOUR });
    return bench.submit({ dependsOn: [parent] });
  },
  queued: (bench) => bench.submit({ needs: ['gpu'] }),
  assigned: (bench) => bench.submit(),
  working: (bench) => {
    const task = bench.submit();
    bench.accept(task);
    return task;
  },
  blocked: (bench) => {
    const task = reach.working(bench);
    bench.block(task);
    return task;
  },
  completed: (bench) => {
    const task = reach.working(bench);
    bench.complete(task);
    return task;
  },
  cancelled: (bench) => {
    const task = reach.working(bench);
    bench.take({ type: 'task.cancel', ...bench.operator(task), reason: 'enough' });
    return task;
  },
  dead: (bench) => {
    const task = reach.working(bench);
    bench.fail(task, 'permanent');
    return task;
  },
  backoff: (bench) => {
    const task = reach.working(bench);
    bench.fail(task, 'transient');
    return task;
  },
  rate_limited: (bench) => {
    const task = reach.working(bench);
    bench.fail(task, 'rate_limited', bench.now + HOUR);
    return task;
  },
  resumable: (bench) => {
    const task = reach.working(bench);
    bench.gone('a');
    bench.pass(3 * MINUTE);
    return task;
  },
};

const commands: Readonly<Record<string, (bench: Bench, task: string) => Command>> = {
  cancel: (bench, task) => ({ type: 'task.cancel', ...bench.operator(task), reason: 'enough' }),
  retry: (bench, task) => ({ type: 'task.retry', ...bench.operator(task) }),
  push: (bench, task) => ({ type: 'task.push', ...bench.operator(task) }),
  answer: (bench, task) => ({ type: 'task.answer', ...bench.operator(task), answer: 'this one' }),
  requeue: (bench, task) => ({ type: 'dead.requeue', ...bench.operator(task) }),
  discard: (bench, task) => ({ type: 'dead.discard', ...bench.operator(task), reason: 'enough' }),
  move: (bench, task) => ({ type: 'task.move', ...bench.operator(task), to: 'up' }),
  accept: (bench, task) => ({ type: 'task.accept', ...bench.by(task, 'a') }),
  reject: (bench, task) => ({ type: 'task.reject', ...bench.by(task, 'a'), reason: 'no' }),
  progress: (bench, task) => ({ type: 'task.progress', ...bench.by(task, 'a'), report: bench.mark(), note: 'on it' }),
  block: (bench, task) => ({
    type: 'task.block',
    ...bench.by(task, 'a'),
    report: bench.mark(),
    question: { questionId: 'q2', question: 'and now?' },
  }),
  answered: (bench, task) => ({ type: 'task.answered', ...bench.by(task, 'a'), questionId: 'q1' }),
  complete: (bench, task) => ({
    type: 'task.complete',
    ...bench.by(task, 'a'),
    report: bench.mark(),
    result: { summary: '' },
  }),
  fail: (bench, task) => ({
    type: 'task.fail',
    ...bench.by(task, 'a'),
    report: bench.mark(),
    error: { class: 'transient', code: 'it.failed', message: 'it failed' },
  }),
};

const STALE = 'task.stale_generation';

/** Short words for refusals; any other word is the state left behind, and `=` the state it met. */
const CODES: Readonly<Record<string, string>> = {
  final: 'task.already_final',
  stale: STALE,
  '!dead': 'task.not_dead',
  '!retry': 'task.not_retryable',
  '!kept': 'task.nothing_kept',
  '!asked': 'task.not_blocked',
  '!offer': 'task.not_assigned',
  '!taken': 'task.not_accepted',
  clash: 'task.blocked',
  unlinked: 'agent.replaced',
};

/** In the order of `commands`: what an operator asks, what answers an offer, what is reported. */
const EXPECTED: Readonly<Record<Situation, readonly [string, string, string]>> = {
  // cancel retry push answer requeue discard move · accept reject · progress block answered complete fail
  scheduled: ['cancelled !retry !dead !asked !dead !dead =', 'stale stale', 'stale stale stale stale stale'],
  waiting: ['cancelled !retry !dead !asked !dead !dead =', 'stale stale', 'stale stale stale stale stale'],
  queued: ['cancelled !retry !dead !asked !dead !dead =', 'stale stale', 'stale stale stale stale stale'],
  assigned: ['cancelled !retry !dead !asked !dead !dead =', 'working queued', '!taken !taken !taken !taken !taken'],
  working: ['cancelled !retry !dead !asked !dead !dead =', '= !offer', '= blocked = completed scheduled'],
  blocked: ['cancelled !retry !dead working !dead !dead =', '= !offer', '= clash = clash scheduled'],
  completed: ['final !retry !dead final !dead !dead final', 'final final', 'final final final final final'],
  cancelled: ['final !retry !dead final !dead !dead final', 'final final', 'final final final final final'],
  dead: ['cancelled assigned !kept !asked assigned cancelled =', 'stale stale', 'stale stale stale stale stale'],
  backoff: ['cancelled assigned !dead !asked !dead !dead =', 'stale stale', 'stale stale stale stale stale'],
  rate_limited: ['cancelled queued !dead !asked !dead !dead =', 'stale stale', 'stale stale stale stale stale'],
  resumable: [
    'cancelled queued !dead !asked !dead !dead =',
    'unlinked unlinked',
    'unlinked unlinked unlinked unlinked unlinked',
  ],
};

describe.each(Object.keys(reach) as Situation[])('a task that is %s', (situation) => {
  test.each(Object.keys(commands).map((name, column) => [name, column] as const))('meets %s', (name, column) => {
    const bench = new Bench();
    bench.join('a');
    const task = reach[situation](bench);
    const met = bench.task(task).state;
    const command = commands[name]?.(bench, task) as Command;
    const before = bench.dump();

    const outcome = bench.decide(command);

    const word = EXPECTED[situation].join(' ').split(' ')[column] as string;
    const expected = CODES[word] ?? word;
    if (outcome instanceof Refusal) {
      expect(outcome.code).toBe(expected);
      expect(bench.dump()).toEqual(before);
    } else {
      expect(bench.task(task).state).toBe(expected === '=' ? met : expected);
    }
  });
});

test.each(Object.keys(commands))('%s of another organisation finds no task', (name) => {
  const bench = new Bench();
  bench.join('a');
  const task = reach.working(bench);
  const command = { ...(commands[name]?.(bench, task) as Command), org: 'other' };
  expect(bench.refusal(command)).toBe('task.not_found');
});

test.each(['accept', 'reject', 'progress', 'block', 'answered', 'complete', 'fail'])(
  '%s of an older generation is refused',
  (name) => {
    const bench = new Bench();
    bench.join('a');
    const task = reach.working(bench);
    bench.fail(task);
    bench.pass(HOUR);
    bench.accept(task);
    const command = { ...(commands[name]?.(bench, task) as Command), generation: 1 } as Command;
    const before = bench.dump();
    expect(bench.refusal(command)).toBe(STALE);
    expect(bench.dump()).toEqual(before);
  },
);

test.each(['accept', 'reject', 'progress', 'block', 'answered', 'complete', 'fail'])(
  '%s by another agent is refused',
  (name) => {
    const bench = new Bench();
    bench.join('a');
    const task = name === 'accept' || name === 'reject' ? reach.assigned(bench) : reach.working(bench);
    bench.join('b');
    const command = { ...(commands[name]?.(bench, task) as Command), ...bench.from('b') } as Command;
    const before = bench.dump();
    expect(bench.refusal(command)).toBe(STALE);
    expect(bench.dump()).toEqual(before);
  },
);

test('an answer to another question than the open one names it', () => {
  const bench = new Bench();
  bench.join('a');
  const task = reach.blocked(bench);
  expect(bench.refusal({ type: 'task.answer', ...bench.operator(task), answer: 'x', questionId: 'q9' })).toBe(
    'task.question_mismatch',
  );
  expect(
    bench.refusal({ type: 'task.answer', ...bench.operator(task), answer: 'x', questionId: 'q1' }),
  ).toBeUndefined();
});

test('an unknown agent is not found, whatever it is asked', () => {
  const bench = new Bench();
  expect(bench.refusal({ type: 'agent.drain', org: ORG, agent: 'nobody', draining: true, reason: 'asked' })).toBe(
    'agent.not_found',
  );
  expect(bench.refusal({ type: 'agent.remove', org: ORG, agent: 'nobody' })).toBe('agent.not_found');
});

describe('a requeue that changes something', () => {
  function dead(bench: Bench, agent = 'a'): string {
    bench.join(agent);
    const task = bench.submit({ prompt: { ref: 'old', bytes: 3_000 } });
    bench.accept(task);
    bench.fail(task, 'permanent');
    return task;
  }

  /** The assignment that requeueing leads to. */
  function requeued(bench: Bench, task: string, options: object) {
    const { outputs } = bench.take({ type: 'dead.requeue', ...bench.operator(task), ...options });
    const frame = outputs.map((output) => (output.kind === 'frame' ? output.frame : undefined));
    return frame.find((one) => one?.type === 'task.assign')?.task;
  }

  const to = { ref: 'new', bytes: 3_100 };
  const prompt = { from: { ref: 'old', bytes: 3_000 }, to, addedBytes: 100 };

  test('changes the task for good, in its history, in a replay and in a snapshot', () => {
    const bench = new Bench();
    const task = dead(bench);
    expect(requeued(bench, task, { freshSession: true, model: 'm-2', prompt })).toMatchObject({
      model: 'm-2',
      prompt: to,
      freshSession: true,
      promptChanged: true,
    });
    expect(bench.task(task).spec).toMatchObject({ model: 'm-2', prompt: to });
    expect(bench.task(task).history?.find(({ event }) => event === 'requeued')?.detail).toBe(
      'operator, with a fresh session, model m-2, 100 bytes added to the prompt',
    );
    expect([...bench.state.bodies]).toEqual([['new', 1]]);
    expect([...bench.state.storedBytes]).toEqual([[ORG, to.bytes]]);
    expect(dumpOf(bench.replay())).toEqual(bench.dump());
  });

  test('begins a new session once with each agent, and goes on with that one afterwards', () => {
    const bench = new Bench();
    const task = dead(bench);
    expect(requeued(bench, task, { freshSession: true, prompt })).toMatchObject({ freshSession: true });
    bench.accept(task);
    bench.fail(task, 'permanent');
    const next = requeued(bench, task, {});
    expect(next).not.toHaveProperty('freshSession');
    expect(next).not.toHaveProperty('promptChanged');
    bench.accept(task);
    bench.fail(task, 'permanent');
    bench.take({ type: 'agent.drain', org: ORG, agent: 'a', draining: true, reason: 'x' });
    bench.join('b');
    expect(requeued(bench, task, {})).toMatchObject({ freshSession: true, promptChanged: true });
  });

  test('is refused when the prompt is not the one that was added to', () => {
    const bench = new Bench();
    const task = dead(bench);
    const other = { ...prompt, from: { ref: 'another', bytes: 3_000 } };
    expect(bench.refusal({ type: 'dead.requeue', ...bench.operator(task), prompt: other })).toBe('hub.busy');
    expect(bench.task(task).state).toBe('dead');
  });

  test('is possible for a task that backs off', () => {
    const bench = new Bench();
    bench.join('a');
    const task = bench.submit();
    bench.accept(task);
    bench.fail(task);
    bench.take({ type: 'task.retry', ...bench.operator(task), model: 'm-2' });
    expect(bench.task(task)).toMatchObject({ state: 'assigned', spec: { model: 'm-2' } });
  });
});

describe('a move to another lane', () => {
  test('goes one step up or down, ends at an end, and is remembered', () => {
    const bench = new Bench();
    const task = bench.submit({ needs: ['gpu'] });
    const lanes = (['up', 'up', 'up', 'low', 'down', 'up'] as const).map((to) => {
      bench.take({ type: 'task.move', ...bench.operator(task), to });
      return bench.task(task).spec.lane;
    });
    expect(lanes).toEqual(['high', 'urgent', 'urgent', 'low', 'low', 'normal']);
    expect(bench.task(task).history?.at(-1)).toMatchObject({ event: 'moved', detail: 'operator, from low to normal' });
    expect(dumpOf(bench.replay())).toEqual(bench.dump());
  });

  test('changes the order in which queued tasks are offered', () => {
    const bench = new Bench();
    const [first, second] = [bench.submit(), bench.submit()];
    bench.take({ type: 'task.move', ...bench.operator(second), to: 'high' });
    bench.join('a');
    expect([bench.task(first).state, bench.task(second).state]).toEqual(['queued', 'assigned']);
  });

  test('leaves a dead letter where it is among the others', () => {
    const bench = new Bench();
    bench.join('a');
    const task = reach.dead(bench);
    const { history } = bench.task(task);
    bench.take({ type: 'task.move', ...bench.operator(task), to: 'urgent' });
    expect(bench.task(task)).toMatchObject({ state: 'dead', history, spec: { lane: 'urgent' } });
    expect(dumpOf(bench.replay())).toEqual(bench.dump());
  });
});

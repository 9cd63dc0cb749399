// What reports leave behind, and what a failed attempt means for the task and its agent.

import { describe, expect, test } from 'vitest';
import { agentView } from '../agent/view.js';
import { Bench, HOUR, MINUTE, ORG, REPO, SECOND } from '../fixture.js';
import { taskView } from './view.js';

const SESSION = { runner: 'claude', id: 's-1', model: 'm' };

type Spec = Parameters<Bench['submit']>[0];

function working(bench: Bench, spec: Spec = {}): string {
  if (bench.state.agents.size === 0) bench.join('a');
  const task = bench.submit({ repo: REPO, ...spec });
  bench.accept(task);
  return task;
}

function progress(bench: Bench, task: string, said: { usage?: object; session?: typeof SESSION }) {
  return bench.take({ type: 'task.progress', ...bench.by(task), report: bench.mark(), ...said });
}

describe('an attempt', () => {
  test.each(['progress', 'complete', 'fail'] as const)('keeps the session that task.%s told of', (how) => {
    const bench = new Bench();
    const task = working(bench);
    const said = { ...bench.by(task), report: bench.mark(), session: SESSION };
    if (how === 'progress') bench.take({ type: 'task.progress', ...said });
    if (how === 'complete') bench.take({ type: 'task.complete', ...said, result: { summary: 'done' } });
    if (how === 'fail') {
      bench.take({ type: 'task.fail', ...said, error: { class: 'transient', code: 'it.failed', message: 'no' } });
    }
    expect(taskView(bench.task(task)).attempts).toMatchObject([{ generation: 1, session: SESSION }]);
  });

  test('never has used less than it has said before', () => {
    const bench = new Bench();
    const task = working(bench, { budget: { tokens: 100 } });
    progress(bench, task, { usage: { inputTokens: 60, costMicros: 7 } });
    progress(bench, task, { usage: { inputTokens: 1 } });
    expect(bench.task(task).usage).toEqual({ inputTokens: 60, costMicros: 7 });
    const error = { class: 'transient' as const, code: 'it.failed', message: 'no' };
    bench.take({ type: 'task.fail', ...bench.by(task), report: bench.mark(), error, usage: { inputTokens: 0 } });
    expect(bench.task(task).usage).toEqual({ inputTokens: 60, costMicros: 7 });
  });

  test('that times out is tried again also when its retry is due in the same moment', () => {
    const bench = new Bench();
    bench.chance = 0;
    const task = working(bench, { runTimeoutMs: MINUTE });
    bench.join('b');
    const { deadline = 0 } = bench.task(task);
    bench.now = deadline;
    bench.tick();
    expect(bench.task(task)).toMatchObject({ attempts: 1 });
    bench.pass(SECOND);
    expect(bench.task(task)).toMatchObject({ state: 'assigned', agent: 'b' });
  });

  test('is given time beside its run, and then its run time', () => {
    const bench = new Bench();
    const task = working(bench, { runTimeoutMs: 10 * MINUTE });
    bench.pass(9 * MINUTE);
    bench.take({ type: 'task.progress', ...bench.by(task), report: bench.mark(), running: false });
    bench.pass(HOUR);
    expect(bench.task(task).state).toBe('working');
    bench.take({ type: 'task.progress', ...bench.by(task), report: bench.mark(), running: true });
    bench.pass(9 * MINUTE);
    expect(bench.task(task).state).toBe('working');
    bench.pass(2 * MINUTE);
    expect(bench.task(task).attemptLog).toMatchObject([{ error: { code: 'run.timeout' } }]);
  });

  test('that its sidecar stopped by itself is lost, with what it left, and tried again', () => {
    const bench = new Bench();
    const task = working(bench);
    const stopped = { type: 'task.stopped' as const, ...bench.by(task), left: bench.left(task) };
    bench.take(stopped);
    expect(bench.task(task)).toMatchObject({ state: 'scheduled', reason: 'backoff', attempts: 1 });
    expect(taskView(bench.task(task)).attempts).toMatchObject([
      { error: { class: 'lost', code: 'agent.stopped' }, ...bench.left(task) },
    ]);
    expect(bench.take(stopped).events).toEqual([]);
    bench.pass(MINUTE);
    expect(bench.task(task)).toMatchObject({ state: 'assigned', generation: 2 });
  });

  test('that somebody else has by now names what it left, once its sidecar comes back', () => {
    const bench = new Bench();
    const task = working(bench);
    const held = { task, generation: 1 };
    bench.join('b');
    bench.gone('a');
    for (let tries = 0; bench.task(task).generation === 1 && tries < 60; tries++) bench.pass(10 * SECOND);
    bench.accept(task);
    expect(bench.hello('a', held).reply.holding).toBe('drop');
    bench.take({ type: 'task.stopped', ...bench.from('a'), ...held, left: bench.left(task) });
    expect(taskView(bench.task(task))).toMatchObject({
      state: 'working',
      generation: 2,
      attempts: [bench.left(task), {}],
    });
  });

  test('that is stopped before its accept counts as declined', () => {
    const bench = new Bench();
    bench.join('a');
    const task = bench.submit();
    bench.take({ type: 'task.stopped', ...bench.by(task) });
    expect(bench.task(task)).toMatchObject({ state: 'queued', attempts: 0 });
    bench.pass(10 * SECOND);
    expect(bench.task(task)).toMatchObject({ state: 'assigned', generation: 2 });
  });

  test('past the newest five hundred leaves the log, and what it used stays in the sum', () => {
    const bench = new Bench();
    const task = working(bench, { runner: 'claude' });
    for (let attempt = 1; attempt <= 501; attempt++) {
      progress(bench, task, { usage: { inputTokens: 2 } });
      bench.fail(task, 'rate_limited');
      bench.pass(HOUR);
      bench.accept(task);
    }
    expect(bench.task(task)).toMatchObject({ attemptsDropped: 2, usage: { inputTokens: 1_002 } });
    expect(bench.task(task).attemptLog).toHaveLength(500);
  });
});

describe('the budget', () => {
  const overspent = { inputTokens: 60, outputTokens: 40, costMicros: 5 };

  test('ends the retries once it is used, whatever the failure', () => {
    const bench = new Bench();
    const task = working(bench, { budget: { tokens: 100 }, maxAttempts: 9 });
    progress(bench, task, { usage: overspent });
    expect(bench.task(task).state).toBe('working');
    bench.fail(task, 'transient');
    expect(bench.task(task)).toMatchObject({ state: 'dead', death: 'budget', attempts: 1 });
  });

  test('counts what the failing report itself says, in place of what was said before', () => {
    const bench = new Bench();
    const task = working(bench, { budget: { costMicros: 10 }, maxAttempts: 9 });
    const fail = (costMicros: number) =>
      bench.take({
        type: 'task.fail',
        ...bench.by(task),
        report: bench.mark(),
        error: { class: 'transient', code: 'it.failed', message: 'no' },
        usage: { costMicros },
      });
    progress(bench, task, { usage: { costMicros: 5 } });
    fail(6);
    expect(bench.task(task)).toMatchObject({ state: 'scheduled', usage: { costMicros: 6 } });
    bench.pass(HOUR);
    bench.accept(task);
    fail(4);
    expect(bench.task(task)).toMatchObject({ state: 'dead', death: 'budget', usage: { costMicros: 10 } });
  });

  test('is not asked when the attempt completes', () => {
    const bench = new Bench();
    const task = working(bench, { budget: { tokens: 100 } });
    progress(bench, task, { usage: overspent });
    bench.complete(task);
    expect(bench.task(task).state).toBe('completed');
  });

  test('ends the retries of an attempt that the hub ends, too', () => {
    const bench = new Bench();
    const task = working(bench, { budget: { tokens: 100 }, maxAttempts: 9 });
    progress(bench, task, { usage: overspent });
    bench.pass(3 * HOUR);
    expect(bench.task(task)).toMatchObject({ state: 'dead', death: 'budget' });
  });

  test('begins anew when an operator requeues the task, while the sum goes on', () => {
    const bench = new Bench();
    const task = working(bench, { budget: { tokens: 100 }, maxAttempts: 9 });
    progress(bench, task, { usage: overspent });
    bench.fail(task);
    bench.take({ type: 'dead.requeue', ...bench.operator(task) });
    bench.accept(task);
    progress(bench, task, { usage: { inputTokens: 99 } });
    bench.fail(task);
    expect(bench.task(task)).toMatchObject({ state: 'scheduled', usage: { inputTokens: 159, outputTokens: 40 } });
    bench.pass(HOUR);
    bench.accept(task);
    progress(bench, task, { usage: { inputTokens: 1 } });
    bench.fail(task);
    expect(bench.task(task)).toMatchObject({ state: 'dead', death: 'budget' });
  });
});

describe('a usage limit', () => {
  const limits = (bench: Bench) => agentView(bench.state, bench.agent('a'), { hubVersion: '0.1.0' }).limits;

  test('keeps tasks of that runner from the agent until it ends, and no others', () => {
    const bench = new Bench();
    bench.join('a');
    const limited = working(bench, { runner: 'codex' });
    bench.fail(limited, 'rate_limited', bench.now + HOUR);
    expect(limits(bench)).toEqual([{ runner: 'codex', until: new Date(bench.now + HOUR).toISOString() }]);
    const [same, other, none] = [bench.submit({ runner: 'codex' }), bench.submit({ runner: 'claude' }), bench.submit()];
    expect(bench.agent('a').task).toBe(other);
    bench.accept(other);
    bench.complete(other);
    expect(bench.agent('a').task).toBe(none);
    bench.accept(none);
    bench.complete(none);
    expect(bench.agent('a').task).toBeUndefined();
    bench.pass(HOUR + SECOND);
    expect(bench.task(same).agent).toBe('a');
    expect(limits(bench)).toBeUndefined();
  });

  test('met by a task that names no runner is one of the runner the agent uses then', () => {
    const bench = new Bench();
    const task = working(bench);
    bench.fail(task, 'rate_limited', bench.now + HOUR);
    expect(limits(bench)).toEqual([{ until: new Date(bench.now + HOUR).toISOString() }]);
    const [none, named] = [bench.submit(), bench.submit({ runner: 'codex' })];
    expect(bench.agent('a').task).toBe(named);
    expect(bench.task(none).state).toBe('queued');
  });

  test('met without a name is also one of the runner that was really used', () => {
    const bench = new Bench();
    const task = working(bench);
    bench.take({
      type: 'task.fail',
      ...bench.by(task),
      report: bench.mark(),
      error: { class: 'rate_limited', code: 'runner.limit', message: 'five hours used up' },
      session: { runner: 'claude', id: 's-1' },
      resetsAt: bench.now + HOUR,
    });
    const [named, other] = [bench.submit({ runner: 'claude' }), bench.submit({ runner: 'codex' })];
    expect(bench.task(named).state).toBe('queued');
    expect(bench.agent('a').task).toBe(other);
  });

  test('leaves the work to agents that have not met it', () => {
    const bench = new Bench();
    const task = working(bench);
    bench.join('b');
    bench.fail(task, 'rate_limited', bench.now + HOUR);
    const [first, second] = [bench.submit(), bench.submit()];
    expect(bench.task(first).agent).toBe('b');
    expect(bench.task(second).state).toBe('queued');
  });

  test('is moved with everything else when the clock jumps', () => {
    const bench = new Bench();
    bench.fail(working(bench), 'rate_limited', bench.now + HOUR);
    bench.take({ type: 'clock.jump', forwardMs: HOUR, wallOffsetMs: 0 });
    bench.pass(HOUR + SECOND);
    expect(bench.agent('a').limits).toHaveLength(1);
    bench.pass(HOUR);
    expect(bench.agent('a').limits).toBeUndefined();
  });

  test('that does not say when it ends holds the agent for as long as the task, and longer each time', () => {
    const bench = new Bench();
    const task = working(bench);
    const waits: number[] = [];
    for (let round = 0; round < 3; round++) {
      bench.fail(task, 'rate_limited');
      expect(bench.agent('a').limits).toEqual([{ until: bench.task(task).deadline }]);
      waits.push((bench.task(task).deadline ?? 0) - bench.now);
      bench.pass(MINUTE);
      bench.accept(task);
    }
    expect(waits).toEqual([5 * SECOND, 10 * SECOND, 20 * SECOND]);
  });

  test('ends by the wall clock', () => {
    const bench = new Bench();
    const task = working(bench);
    bench.take({ type: 'clock.jump', forwardMs: 0, wallOffsetMs: -10 * MINUTE });
    bench.fail(task, 'rate_limited', bench.now - 10 * MINUTE + HOUR);
    expect(bench.task(task).deadline).toBe(bench.now + HOUR);
  });

  test('is over when an operator resumes the agent', () => {
    const bench = new Bench();
    bench.fail(working(bench), 'rate_limited', bench.now + HOUR);
    const task = bench.submit();
    expect(bench.task(task).state).toBe('queued');
    bench.take({ type: 'agent.drain', org: ORG, agent: 'a', draining: false, reason: 'paid for more' });
    expect(bench.task(task).agent).toBe('a');
  });
});

describe('answers', () => {
  const question = { questionId: 'q1', question: 'which?', context: 'a fork', choices: ['left', 'right'] };
  const block = (bench: Bench, task: string, asked: typeof question) =>
    bench.take({ type: 'task.block', ...bench.by(task), report: bench.mark(), question: asked });
  const answer = (bench: Bench, task: string, text: string) =>
    bench.decide({ type: 'task.answer', ...bench.operator(task), answer: text });

  test('must be one of the choices when there are any', () => {
    const bench = new Bench();
    const task = working(bench);
    block(bench, task, question);
    expect(answer(bench, task, 'Left')).toMatchObject({
      code: 'task.answer_not_a_choice',
      details: [{ path: '/answer', message: 'must be one of: left, right' }],
    });
    expect(bench.task(task).state).toBe('blocked');
    expect(answer(bench, task, 'left')).toMatchObject({ reply: {} });
  });

  test('stay with the task beside their questions, the newest eight, also in later attempts', () => {
    const bench = new Bench();
    const task = working(bench);
    for (let i = 1; i <= 10; i++) {
      block(bench, task, { ...question, questionId: `q${i}` });
      answer(bench, task, 'left');
      bench.take({ type: 'task.answered', ...bench.by(task), questionId: `q${i}` });
    }
    const kept = taskView(bench.task(task)).answers ?? [];
    expect(kept.map(({ questionId }) => questionId)).toEqual(['q3', 'q4', 'q5', 'q6', 'q7', 'q8', 'q9', 'q10']);
    expect(kept.at(-1)).toEqual({ ...question, questionId: 'q10', answer: 'left' });
    bench.fail(task);
    bench.pass(HOUR);
    bench.accept(task);
    bench.complete(task);
    expect(taskView(bench.task(task)).answers).toEqual(kept);
  });
});

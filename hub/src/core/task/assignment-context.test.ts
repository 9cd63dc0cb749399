import { type Answered, LIMITS } from '@agentcom/schemas';
import { describe, expect, test } from 'vitest';
import { Bench, HOUR } from '../fixture.js';
import { assignmentContext } from './assignment-context.js';

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** A task that failed so many times, and is offered again. */
function failed(times: number, message: string, questions: readonly Answered[] = []): ReturnType<Bench['task']> {
  const bench = new Bench();
  bench.join('a');
  const task = bench.submit({ maxAttempts: 100 });
  for (let attempt = 1; attempt <= times; attempt++) {
    bench.accept(task);
    if (attempt === 1) {
      for (const { answer, ...question } of questions) {
        bench.take({ type: 'task.block', ...bench.by(task), report: bench.mark(), question });
        bench.take({ type: 'task.answer', ...bench.operator(task), answer });
      }
    }
    bench.take({
      type: 'task.fail',
      ...bench.by(task),
      report: bench.mark(),
      error: { class: 'transient', code: `it.failed.${attempt}`, message },
      usage: { inputTokens: 10, seconds: 1.5 },
    });
    bench.pass(HOUR);
  }
  return bench.task(task);
}

test('a first assignment has no past', () => {
  expect(assignmentContext(failed(0, ''))).toEqual({});
});

test('a later one is told of the newest five attempts in their order, of the answers, and of what was used', () => {
  const answered = { questionId: 'q1', question: 'which?', context: 'a fork', choices: ['left'], answer: 'left' };
  const past = assignmentContext(failed(7, 'no', [answered]));
  expect(past.pastAttempts?.map(({ generation }) => generation)).toEqual([3, 4, 5, 6, 7]);
  expect(past.pastAttempts?.at(-1)).toEqual({
    generation: 7,
    agent: 'a',
    error: { class: 'transient', code: 'it.failed.7', message: 'no' },
  });
  expect(past.answers).toEqual([answered]);
  expect(past.used).toEqual({ inputTokens: 70, seconds: 10.5 });
});

test.each([
  ['of its own', { budget: { tokens: 10 } }],
  ['that only its sidecar knows', {}],
])('what was used of a budget %s is counted from the last requeue', (_whose, more) => {
  const bench = new Bench();
  bench.join('a');
  const task = bench.submit({ ...more, maxAttempts: 1 });
  bench.accept(task);
  const usage = { inputTokens: 12 };
  bench.take({ type: 'task.progress', ...bench.by(task), report: bench.mark(), usage });
  bench.fail(task);
  bench.take({ type: 'dead.requeue', ...bench.operator(task) });
  expect(assignmentContext(bench.task(task)).used).toEqual({ inputTokens: 0 });
  expect(bench.task(task).usage).toEqual(usage);
});

describe('with everything as long as it may be', () => {
  const fill = (char: string, count: number): string => char.repeat(Math.floor(count / Buffer.byteLength(char)));

  test.each([
    ['letters', 'x'],
    ['control characters', '\u0001'],
    ['characters of three bytes', '€'],
    ['characters of four bytes', '😀'],
  ])('%s: the newest of each is told, and the whole fits', (_name, char) => {
    const questions = Array.from({ length: LIMITS.pastAnswers }, (_, i) => ({
      questionId: `q${i}`,
      question: fill(char, LIMITS.questionBytes),
      context: fill(char, LIMITS.contextBytes),
      choices: [],
      answer: fill(char, LIMITS.answerBytes),
    }));
    const past = assignmentContext(failed(6, fill(char, LIMITS.errorMessageBytes), questions));
    expect(bytes(past)).toBeLessThanOrEqual(LIMITS.assignmentPastBytes);
    expect(past.pastAttempts?.at(-1)?.generation).toBe(6);
    expect(past.answers?.at(-1)?.questionId).toBe(`q${LIMITS.pastAnswers - 1}`);
    expect(JSON.stringify(past)).not.toMatch(/\\ud[89ab]/);
  });
});

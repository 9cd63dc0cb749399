import { expect, test } from 'vitest';
import { ApiError } from '../../api/problem.js';
import { requeueBody, valuesOf } from './edits.js';

const before = valuesOf({
  prompt: 'Do it.\n',
  lane: 'normal',
  runner: ['claude', 'codex'],
  needs: ['gpu'],
  budget: { costMicros: 2_500_000 },
  maxAttempts: 3,
  runTimeoutSeconds: 600,
});

test('what nobody has changed is not sent', () => {
  // A form leaves out what is empty, and takes spaces from the ends.
  const { model, maxAttempts, ...filled } = before;
  expect(requeueBody({ ...filled, prompt: 'Do it.', keepBudget: 'no', session: 'go' }, before)).toEqual({});
});

test('what is different is sent in the units of the hub', () => {
  expect(
    requeueBody(
      {
        prompt: 'Do it better.',
        promptAppend: 'And test it.',
        lane: 'high',
        runner: 'codex',
        model: 'a, b',
        budget: '0,75',
        maxAttempts: '2',
        runTimeoutSeconds: '1.5',
        keepBudget: 'yes',
        session: 'fresh',
      },
      before,
    ),
  ).toEqual({
    prompt: 'Do it better.',
    promptAppend: 'And test it.',
    lane: 'high',
    runner: 'codex',
    model: ['a', 'b'],
    needs: [],
    budget: { costMicros: 750_000 },
    maxAttempts: 2,
    runTimeoutSeconds: 90,
    keepBudget: true,
    freshSession: true,
  });
});

test('for many, whose values are not known, only what is filled in counts', () => {
  expect(requeueBody({ model: 'opus', lane: '' })).toEqual({ model: 'opus' });
});

test('a value that is not a number gets an error beside its field', () => {
  const wrong = (): unknown => requeueBody({ budget: 'two' });
  expect(wrong).toThrow(ApiError);
  expect(wrong).toThrow('must be a number');
});

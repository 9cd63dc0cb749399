import { expect, test } from 'vitest';
import { changesOf } from './requeue.js';

const before = {
  prompt: 'Do it\n',
  lane: 'normal',
  runner: 'claude',
  model: '',
  needs: 'git',
  maxAttempts: '3',
  budget: '2.5',
  session: 'continue',
};

test('what nobody has changed is not asked for', () => {
  expect(changesOf(before, { ...before, prompt: 'Do it' })).toEqual({});
});

test('what somebody has changed is', () => {
  expect(
    changesOf(before, {
      prompt: 'Do it well',
      lane: 'high',
      runner: 'codex, claude',
      model: 'opus',
      maxAttempts: '5',
      budget: '4,75',
      session: 'fresh',
    }),
  ).toEqual({
    prompt: 'Do it well',
    lane: 'high',
    runner: ['codex', 'claude'],
    model: ['opus'],
    needs: [],
    maxAttempts: 5,
    budget: { costMicros: 4_750_000 },
    freshSession: true,
  });
});

test('a budget that is not an amount gets an error beside its field', () => {
  expect(() => changesOf(before, { ...before, budget: 'lots' })).toThrow('amount');
});

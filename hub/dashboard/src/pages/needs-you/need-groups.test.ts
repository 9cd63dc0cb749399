import type { LiveNeed } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { choiceOf, needGroups } from './need-groups.js';

function need(kind: LiveNeed['kind'], id: string): LiveNeed {
  return { id, kind, title: id, why: '', since: '2026-01-01T00:00:00.000Z', next: '' };
}

test('questions come first, and nothing changes places inside its group', () => {
  const groups = needGroups([need('alert', 'a1'), need('question', 'q2'), need('alert', 'a0'), need('question', 'q1')]);
  expect(groups.map(({ kind, needs }) => [kind, needs.map(({ id }) => id)])).toEqual([
    ['question', ['q2', 'q1']],
    ['alert', ['a1', 'a0']],
  ]);
});

test('a digit is the choice with that number, counted from one', () => {
  const asks = { question: { questionId: 'q', question: 'Which?', choices: ['left', 'right'] } };
  expect([1, 2, 3].map((digit) => choiceOf(asks, digit))).toEqual(['left', 'right', undefined]);
  expect(choiceOf({}, 1)).toBeUndefined();
});

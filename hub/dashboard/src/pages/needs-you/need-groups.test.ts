import type { LiveNeed } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { beyondShown, choiceOf, needGroups } from './need-groups.js';

function need(kind: LiveNeed['kind'], id: string, severity?: LiveNeed['severity']): LiveNeed {
  return { id, kind, title: id, why: '', since: '2026-01-01T00:00:00.000Z', next: '', ...(severity && { severity }) };
}

const shown = (needs: readonly LiveNeed[]) =>
  needGroups(needs).map(({ name, needs }) => [name, needs.map(({ id }) => id)]);

test('questions come first, and nothing changes places inside its group', () => {
  const needs = [need('alert', 'a1'), need('question', 'q2'), need('alert', 'a0'), need('question', 'q1')];
  expect(shown(needs)).toEqual([
    ['question', ['q2', 'q1']],
    ['alert', ['a1', 'a0']],
  ]);
});

test('what pages somebody stands above all, also work that such an alert is about', () => {
  const needs = [
    need('alert', 'p0', 'page'),
    need('dead-letters', 'p1', 'page'),
    need('question', 'q0'),
    need('dead-letters', 'd0', 'warn'),
    need('alert', 'w0', 'warn'),
    need('alert', 'i0', 'info'),
  ];
  expect(shown(needs)).toEqual([
    ['page', ['p0', 'p1']],
    ['question', ['q0']],
    ['dead-letters', ['d0']],
    ['alert', ['w0', 'i0']],
  ]);
});

test('what the hub did not send is counted, and what has gone is not', () => {
  expect(beyondShown(230, 200, 0)).toBe(30);
  expect(beyondShown(230, 203, 3)).toBe(30);
  expect(beyondShown(3, 3, 0)).toBe(0);
  expect(beyondShown(undefined, 3, 0)).toBe(0);
});

test('a digit is the choice with that number, counted from one', () => {
  const asks = { question: { questionId: 'q', question: 'Which?', choices: ['left', 'right'] } };
  expect([1, 2, 3].map((digit) => choiceOf(asks, digit))).toEqual(['left', 'right', undefined]);
  expect(choiceOf({}, 1)).toBeUndefined();
});

import type { AlertView } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { isSnoozed, snoozeKey, snoozesFrom, withoutSnoozes, withSnooze } from './snoozed.js';

const alert = { id: 'alert 1' };
const question = { id: 'question 1', question: { questionId: 'q1', question: 'Which?' } };

test('what is snoozed comes back when its time is over', () => {
  const snoozes = withSnooze({}, snoozeKey(alert), 2_000, 1_000);
  expect(isSnoozed(snoozes, alert, 1_999)).toBe(true);
  expect(isSnoozed(snoozes, alert, 2_000)).toBe(false);
  expect(isSnoozed(withoutSnoozes(snoozes, [snoozeKey(alert)]), alert, 1_500)).toBe(false);
});

test('another question of a snoozed task is shown', () => {
  const snoozes = withSnooze({}, snoozeKey(question), 2_000, 1_000);
  expect(isSnoozed(snoozes, question, 1_500)).toBe(true);
  expect(isSnoozed(snoozes, { ...question, question: { questionId: 'q2', question: 'And?' } }, 1_500)).toBe(false);
});

test('what is snoozed is shown again once an alert fires about it', () => {
  const letters = { id: 'dead-letters a' };
  const snoozes = withSnooze({}, snoozeKey(letters), 2_000, 1_000);
  expect(isSnoozed(snoozes, letters, 1_500)).toBe(true);
  expect(isSnoozed(snoozes, { ...letters, alert: { id: 'a1' } as AlertView }, 1_500)).toBe(false);
});

test('snoozes that are over are forgotten, and at most 500 are kept', () => {
  expect(withSnooze({ old: 900, open: 3_000 }, 'new', 2_000, 1_000)).toEqual({ open: 3_000, new: 2_000 });
  const many = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`n${i}`, 5_000]));
  const kept = withSnooze(many, 'new', 5_000, 1_000);
  expect(Object.keys(kept)).toHaveLength(500);
  expect(kept.new).toBe(5_000);
});

test.each([[null], ['text'], [{ a: 'b' }], [[]]])('whatever a browser has kept is read: %j', (kept) => {
  expect(snoozesFrom(kept)).toEqual({});
});

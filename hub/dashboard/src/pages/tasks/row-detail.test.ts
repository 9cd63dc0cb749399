import type { TaskSummary } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { detailOf } from './row-detail.js';

const AT = '2026-01-31T12:00:00Z';
const task: TaskSummary = {
  id: '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b',
  title: 'A task',
  lane: 'normal',
  needs: [],
  labels: {},
  state: 'queued',
  generation: 0,
  attemptsUsed: 0,
  createdAt: AT,
};

test('what waits says why, and when it goes on by itself', () => {
  expect(detailOf({ ...task, why: { code: 'no_capable_agent', text: 'no agent offers gpu' } })).toEqual({
    text: 'no agent offers gpu',
  });
  const backoff = { code: 'backoff', text: 'failed (exit_1)', until: AT } as const;
  expect(detailOf({ ...task, state: 'scheduled', why: backoff })).toEqual({
    text: 'failed (exit_1)',
    next: 'retries at',
    until: AT,
  });
});

test('a question comes first, what is done now before progress, and progress before how an attempt failed', () => {
  const working = { ...task, state: 'working', failure: { class: 'transient', code: 'exit_1' } } as const;
  const progress = { at: AT, fraction: 0.5, note: 'half' };
  const why = { code: 'running', text: 'running the verify commands' } as const;
  expect(detailOf({ ...working, progress, why, asks: 'Which?' })?.text).toBe('Which?');
  expect(detailOf({ ...working, progress, why })?.text).toBe('running the verify commands');
  expect(detailOf({ ...working, progress })?.text).toBe('50 % half');
  expect(detailOf(working)?.text).toBe('exit_1');
  expect(detailOf(task)).toBeUndefined();
});

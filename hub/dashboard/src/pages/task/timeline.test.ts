import type { Attempt, TaskView } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { timelineOf } from './timeline.js';

const at = (second: number): string => new Date(second * 1000).toISOString();
const told = (
  state: TaskView['state'],
  entries: readonly (readonly [number, string, string?])[],
  attempts: readonly Partial<Attempt>[] = [],
  finished?: number,
) =>
  timelineOf({
    state,
    history: entries.map(([second, event, detail]) => ({ at: at(second), event, ...(detail && { detail }) })),
    attempts: attempts as Attempt[],
    ...(finished !== undefined && { finishedAt: at(finished) }),
  }).map(({ attempt, steps }) => [
    attempt?.generation,
    ...steps.map(
      ({ kind, from, to }) => `${kind} ${to === undefined ? '…' : (Date.parse(to) - Date.parse(from)) / 1000}`,
    ),
  ]);

test('queued, offered, run, asked and run again', () => {
  const entries = [
    [0, 'submitted'],
    [5, 'assigned', 'one'],
    [6, 'accepted', 'one'],
    [20, 'blocked', 'Which?'],
    [50, 'answered', 'me'],
    [60, 'completed'],
  ] as const;
  expect(told('completed', entries, [{ generation: 1 }], 60)).toEqual([
    [1, 'queued 5', 'offered 1', 'run 14', 'asked 30', 'run 10'],
  ]);
});

test('what goes on has no end', () => {
  expect(told('queued', [[0, 'submitted']])).toEqual([[undefined, 'queued …']]);
  expect(told('waiting', [[0, 'submitted']])).toEqual([[undefined, 'waiting …']]);
});

test('every attempt is a round of its own, with the wait before it', () => {
  const entries = [
    [0, 'submitted'],
    [1, 'assigned'],
    [2, 'accepted'],
    [10, 'attempt_failed', 'transient: x'],
    [40, 'queued'],
    [41, 'assigned'],
    [42, 'accepted'],
  ] as const;
  expect(told('working', entries, [{ generation: 1 }, { generation: 2 }])).toEqual([
    [1, 'queued 1', 'offered 1', 'run 8'],
    [2, 'backoff 30', 'queued 1', 'offered 1', 'run …'],
  ]);
});

test('an offer that nobody took leads back to the queue, in the same round', () => {
  const entries = [
    [0, 'submitted'],
    [1, 'assigned'],
    [4, 'rejected', 'busy'],
    [9, 'assigned'],
    [10, 'accepted'],
  ] as const;
  expect(told('working', entries, [{ generation: 2 }])).toEqual([
    [2, 'queued 1', 'offered 3', 'queued 5', 'offered 1', 'run …'],
  ]);
});

test('a dead task that was requeued waits again', () => {
  const entries = [
    [0, 'accepted'],
    [5, 'attempt_failed'],
    [5, 'dead'],
    [90, 'requeued'],
  ] as const;
  expect(told('queued', entries, [{ generation: 7 }])).toEqual([
    [7, 'run 5'],
    [undefined, 'queued …'],
  ]);
});

test('after its end, nothing goes on', () => {
  expect(
    told(
      'cancelled',
      [
        [0, 'submitted'],
        [3, 'overlapped'],
        [7, 'cancelled'],
      ],
      [],
      7,
    ),
  ).toEqual([[undefined, 'queued 7']]);
});

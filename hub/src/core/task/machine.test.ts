// Every event against every pair of states: the table below is the specification, written a second time.

import { TASK_STATES, type TaskState } from '@agentcom/schemas';
import { describe, expect, test } from 'vitest';
import { ImpossibleEvent } from '../event-errors.js';
import { checkTransition, mayHappen, type TaskTransition, taskTransitions } from './machine.js';

const UNFINISHED = 'scheduled waiting queued assigned working blocked dead';

/** `from > to`; `=` stands for the state it met. */
const ALLOWED: Readonly<Record<TaskTransition, string>> = {
  'task.due': 'scheduled > queued waiting',
  'task.unblocked_by_parents': 'waiting > queued',
  'task.assigned': 'queued > assigned',
  'task.offer_ended': 'assigned > queued dead',
  'task.accepted': 'assigned > working',
  'task.progressed': 'working blocked > =',
  'task.overlapped': 'working blocked > =',
  'task.blocked': 'working > blocked',
  'task.answered': 'blocked > working',
  'task.answer_confirmed': 'working blocked > =',
  'task.completed': 'working > completed',
  'task.attempt_failed': 'working blocked > scheduled queued dead',
  'task.halted': 'assigned working blocked > queued',
  'task.priced': 'queued > =',
  'task.limited': 'assigned working blocked > scheduled queued',
  'task.attempt_left': `${UNFINISHED} completed cancelled > =`,
  'task.attempt_used': `${UNFINISHED} completed cancelled > =`,
  'task.resumed': 'scheduled queued > working blocked',
  'task.cancelled': `${UNFINISHED} > cancelled`,
  'task.requeued': 'dead scheduled > queued waiting',
  'task.requeue_undone': 'queued waiting > dead',
  'task.moved': `${UNFINISHED} > =`,
};

const events = Object.keys(ALLOWED) as TaskTransition[];

function isAllowed(event: TaskTransition, from: TaskState, to: TaskState): boolean {
  const [before = '', after = ''] = ALLOWED[event].split(' > ');
  return before.split(' ').includes(from) && (after === '=' ? to === from : after.split(' ').includes(to));
}

test('the table speaks of every event there is', () => {
  expect(events.sort()).toEqual(Object.keys(taskTransitions).sort());
});

describe.each(events)('%s', (event) => {
  test.each(TASK_STATES)('from %s', (from) => {
    expect(mayHappen(event, from)).toBe(TASK_STATES.some((to) => isAllowed(event, from, to)));
    for (const to of TASK_STATES) {
      const check = (): void => checkTransition(event, from, to);
      if (isAllowed(event, from, to)) expect(check, `to ${to}`).not.toThrow();
      else expect(check, `to ${to}`).toThrow(ImpossibleEvent);
    }
  });
});

test('nothing leaves completed or cancelled', () => {
  for (const event of events) {
    for (const from of ['completed', 'cancelled'] as const) {
      for (const to of TASK_STATES) if (to !== from) expect(isAllowed(event, from, to)).toBe(false);
    }
  }
});

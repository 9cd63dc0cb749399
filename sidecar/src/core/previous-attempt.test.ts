import { expect, test } from 'vitest';
import type { PreviousAttempt } from './job-model.js';
import { usable } from './previous-attempt.js';

const session = {
  session: { runner: 'claude', id: 's' },
  counters: { inputTokens: 0, outputTokens: 0, costMicros: 0 },
} as PreviousAttempt['session'];

test('an assignment that asks for a fresh session keeps the work of the attempt before, and not its session', () => {
  const previous = { session, salvageRef: 'refs/agentcom/salvage/x' };
  expect(usable({}, previous)).toBe(previous);
  expect(usable({ freshSession: true }, previous)).toEqual({ session: null, salvageRef: 'refs/agentcom/salvage/x' });
  expect(usable({ freshSession: true }, { session, salvageRef: null })).toBeNull();
  expect(usable({ freshSession: true }, null)).toBeNull();
});

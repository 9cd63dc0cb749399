// Which tasks can be changed how. Pure.

import type { TaskSummary } from '@agentcom/schemas';

type Standing = Pick<TaskSummary, 'state' | 'reason'>;

export function isCancellable({ state }: Standing): boolean {
  return state !== 'completed' && state !== 'cancelled' && state !== 'dead';
}

export function isRetryable({ state, reason }: Standing): boolean {
  return state === 'dead' || (state === 'scheduled' && reason === 'backoff');
}

// Which trace an agent may go on: that of the attempt it holds. By any other, what it does would show in the trace of somebody else's task.

import { traceContext } from '@agentcom/schemas';
import type { State } from '../../core/state.js';

interface OwnTrace {
  readonly task: string;
  readonly generation: number;
  readonly traceparent: string;
}

/** The attempt that the agent under `key` holds, if `traceparent` belongs to its trace. */
export function ownTrace(state: State, key: string, traceparent: string | undefined): OwnTrace | undefined {
  const held = state.agents.get(key)?.task;
  const task = held === undefined ? undefined : state.tasks.get(held);
  if (traceparent === undefined || task?.traceparent === undefined) return undefined;
  if (traceContext(traceparent)?.traceId !== traceContext(task.traceparent)?.traceId) return undefined;
  return { task: task.id, generation: task.generation, traceparent };
}

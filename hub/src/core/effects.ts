// What has to be said to sidecars once an event is durable. Effects name what to say, not its text: they follow from the state, so
// a hub that lost them in a crash says the same again when the sidecar returns, and receivers tell repetitions by generation.

import { agentKey } from './agent/agent.js';
import type { Event } from './events.js';
import type { State } from './state.js';

export type Effect =
  | { readonly type: 'assign'; readonly agent: string; readonly task: string; readonly generation: number }
  | { readonly type: 'answer'; readonly agent: string; readonly task: string; readonly generation: number }
  | {
      readonly type: 'cancel';
      readonly agent: string;
      readonly task: string;
      readonly generation: number;
      readonly reason: string;
    }
  | { readonly type: 'drain'; readonly agent: string; readonly draining: boolean; readonly reason: string }
  | { readonly type: 'dismiss'; readonly agent: string }
  | { readonly type: 'bodies_unused'; readonly refs: readonly string[] };

/** `state` is the one that `event` left; `holder` names the agent that held the task before it. */
export function effectsOf(state: State, event: Event, holder: string | undefined): Effect[] {
  switch (event.type) {
    case 'task.cancelled':
      return cancelEffect(state, event.task, holder, event.reason);
    case 'task.attempt_failed':
      return event.stopUntil === undefined ? [] : cancelEffect(state, event.task, holder, event.error.code);
    case 'task.assigned': {
      const task = state.tasks.get(event.task);
      if (task === undefined) return [];
      const agent = agentKey(task.org, event.agent);
      return [{ type: 'assign', agent, task: event.task, generation: event.generation }];
    }
    case 'task.answered': {
      const task = state.tasks.get(event.task);
      if (task === undefined || task.agent === undefined) return [];
      return [{ type: 'answer', agent: agentKey(task.org, task.agent), task: task.id, generation: task.generation }];
    }
    case 'agent.drain_set':
      return [
        { type: 'drain', agent: agentKey(event.org, event.agent), draining: event.draining, reason: event.reason },
      ];
    case 'agent.removed':
      return [{ type: 'dismiss', agent: agentKey(event.org, event.agent) }];
    default:
      return [];
  }
}

function cancelEffect(state: State, id: string, holder: string | undefined, reason: string): Effect[] {
  const task = state.tasks.get(id);
  if (task === undefined || holder === undefined) return [];
  return [{ type: 'cancel', agent: agentKey(task.org, holder), task: id, generation: task.generation, reason }];
}

// Applies events to the state: what is true after each fact. No decision is taken here, so a replay always ends the same.

import { applyDirectory } from './access/apply.js';
import { applyAgent } from './agent/apply.js';
import type { AgentEvent, DirectoryEvent, Event, LeaderEvent, TaskEvent } from './events.js';
import { applyLeader } from './leadership/apply.js';
import type { State } from './state.js';
import { applyTask } from './task/apply.js';

/** Changes `state` by one event that was decided at `at` (ms). Throws UnknownEvent, or ImpossibleEvent when the state forbids it. */
export function apply(state: State, event: Event, at: number): void {
  state.now = Math.max(state.now, at);
  const family = event.type.slice(0, event.type.indexOf('.'));
  switch (family) {
    case 'task':
      return applyTask(state, event as TaskEvent, at);
    case 'agent':
      return applyAgent(state, event as AgentEvent, at);
    case 'leader':
    case 'clock':
    case 'journal':
      return applyLeader(state, event as LeaderEvent, at);
    default:
      return applyDirectory(state, event as DirectoryEvent, at);
  }
}

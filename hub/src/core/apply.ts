// Applies events to the state: what is true after each fact. No decision is taken here, so a replay always ends the same.

import { accessEvents } from './access/apply.js';
import { agentEvents } from './agent/apply.js';
import { alertEvents } from './alert/apply.js';
import { configEvents } from './config/apply.js';
import { UnknownEvent } from './event-errors.js';
import type { Event } from './events.js';
import { haltEvents } from './halt/apply.js';
import { leadershipEvents } from './leadership/apply.js';
import { limitEvents } from './limit/apply.js';
import { notifyEvents } from './notify/apply.js';
import { savedViewEvents } from './saved-view/apply.js';
import type { ApplyTable, State } from './state.js';
import { taskEvents } from './task/apply.js';

const events: ApplyTable<Event> = {
  ...taskEvents,
  ...agentEvents,
  ...accessEvents,
  ...leadershipEvents,
  ...configEvents,
  ...alertEvents,
  ...notifyEvents,
  ...haltEvents,
  ...savedViewEvents,
  ...limitEvents,
};
const byType = new Map<string, (state: State, event: never, at: number) => void>(Object.entries(events));

/** Changes `state` by one event that was decided at `at` (ms). Throws UnknownEvent, or ImpossibleEvent when the state forbids it. */
export function apply(state: State, event: Event, at: number): void {
  const change = byType.get(event.type);
  if (change === undefined) throw new UnknownEvent(event.type);
  state.now = Math.max(state.now, at);
  change(state, event as never, at);
}

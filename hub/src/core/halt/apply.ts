// Halts as their events leave them, and what matching is told of them.

import { ImpossibleEvent } from '../event-errors.js';
import type { ApplyTable, State } from '../state.js';
import { holdOf } from '../task/hold-scope.js';
import { holdBack, letGo } from '../task/holding.js';
import type { HaltEvent } from './events.js';
import type { Halt } from './halt.js';

export const haltEvents: ApplyTable<HaltEvent> = {
  'halt.created': (state, { halt: id, scope, org, owner, strength, reason, by, until }, since) => {
    if (state.halts.get(id) !== undefined) throw new ImpossibleEvent(`halt ${id} is there already`);
    addHalt(state, { id, scope, org, owner, strength, reason, by, since, until });
  },
  'halt.changed': (state, { halt: id, reason, by, until }) => {
    const halt = haltOf(state, id);
    halt.reason = reason;
    halt.by = by;
    halt.until = until;
    scheduleHalt(state, halt);
  },
  'halt.ended': (state, { halt: id }) => {
    const halt = haltOf(state, id);
    state.halts.delete(halt);
    letGo(state, holdOf(halt));
  },
};

/** What it is about is offered nothing from here on. What runs of it is stopped page by page, beginning at once. */
export function addHalt(state: State, halt: Halt): void {
  state.halts.add(halt);
  holdBack(state, holdOf(halt));
  state.deadlines.set('halt', halt.id, state.now);
  scheduleHalt(state, halt);
}

/** An end that was set before is dropped when it falls due. */
export function scheduleHalt(state: State, halt: Halt): void {
  const endsAt = haltEndsAt(state, halt);
  if (endsAt !== undefined) state.deadlines.set('halt', halt.id, endsAt);
}

/** An expiry is wall time. */
export function haltEndsAt(state: State, { until }: Halt): number | undefined {
  return until === undefined ? undefined : until - state.wallOffsetMs;
}

function haltOf(state: State, id: string): Halt {
  const halt = state.halts.get(id);
  if (halt === undefined) throw new ImpossibleEvent(`halt ${id} is not there`);
  return halt;
}

// The fitness machine: whether this machine can start work, when it is looked at again, and when the hub is told. Pure: state + event + now →
// state + actions.
//
//   fit ──failed──► unfit ──due──► probed ──nothing found──► fit
//                     ▲               │
//                     └─ found again ─┘
//
// A probe sees less than a start: each failure lengthens the pause before the next one, until an agent has been started again.

import type { Backoff, Unfit } from '@agentcom/schemas';
import { backoffMs } from '@agentcom/schemas/backoff';
import { OF_ONE_TASK } from '@agentcom/schemas/machine-codes';

export interface FitnessState {
  /** Absent while the machine can work, as far as is known. */
  readonly unfit: Unfit | undefined;
  /** Starts and probes that failed since an agent was last started. */
  readonly failures: number;
  /** When `due` has to come; Infinity for never. */
  readonly dueAt: number;
  /** Of the last probe that was begun. */
  readonly probe: number;
}

export type FitnessEvent =
  | { readonly type: 'start' }
  /** The machine could not start work, or was seen to be unable to. */
  | { readonly type: 'failed'; readonly unfit: Unfit }
  /** An agent was started. */
  | { readonly type: 'started' }
  /** `isPartial`: some of its runners cannot be started, whatever else it can do. */
  | {
      readonly type: 'probed';
      readonly probe: number;
      readonly unfit: Unfit | undefined;
      readonly isPartial: boolean;
    }
  | { readonly type: 'due' };

export type FitnessAction =
  | { readonly do: 'probe'; readonly probe: number }
  /** Say what `unfit` is now. */
  | { readonly do: 'tell' };

export interface FitnessStep {
  readonly state: FitnessState;
  readonly actions: readonly FitnessAction[];
}

export const PROBE_PAUSE: Backoff = { baseMs: 2_000, capMs: 60_000 };

export const FITNESS_BEGIN: FitnessState = {
  unfit: undefined,
  failures: 0,
  dueAt: Number.POSITIVE_INFINITY,
  probe: 0,
};

/** `now` is in ms and never goes back. */
export function fitnessStep(state: FitnessState, event: FitnessEvent, now: number): FitnessStep {
  switch (event.type) {
    case 'start':
      return probe(state);
    case 'due':
      return now < state.dueAt ? { state, actions: [] } : probe(state);
    case 'started':
      return { state: { ...state, failures: 0 }, actions: [] };
    case 'failed':
      if (OF_ONE_TASK.has(event.unfit.code)) return { state, actions: [] };
      // What a probe finds that was begun before says nothing of it.
      return unfit({ ...state, probe: state.probe + 1 }, event.unfit, now);
    case 'probed':
      if (event.probe !== state.probe) return { state, actions: [] };
      if (event.unfit !== undefined) return unfit(state, event.unfit, now);
      return fit(state, event.isPartial ? now + PROBE_PAUSE.capMs : Number.POSITIVE_INFINITY);
  }
}

function probe(state: FitnessState): FitnessStep {
  const next = { ...state, probe: state.probe + 1, dueAt: Number.POSITIVE_INFINITY };
  return { state: next, actions: [{ do: 'probe', probe: next.probe }] };
}

function fit(state: FitnessState, dueAt: number): FitnessStep {
  const next = { ...state, unfit: undefined, dueAt };
  return { state: next, actions: state.unfit === undefined ? [] : [{ do: 'tell' }] };
}

function unfit(state: FitnessState, found: Unfit, now: number): FitnessStep {
  const failures = state.failures + 1;
  const isSame = state.unfit?.code === found.code && state.unfit.message === found.message;
  return {
    state: { ...state, unfit: found, failures, dueAt: now + backoffMs(PROBE_PAUSE, failures) },
    actions: isSame ? [] : [{ do: 'tell' }],
  };
}

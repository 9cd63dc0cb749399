// The state as plain records, one per entity, and back. Only facts are dumped; loading rebuilds every index from them.

import { indexAgent, indexEnrolment, indexLimits, indexTask, retainTask } from './indexes.js';
import {
  type Agent,
  agentKey,
  type Enrolment,
  emptyState,
  type IdempotencyEntry,
  isFinal,
  type Key,
  type State,
  type Task,
} from './state.js';

/** A newer shape of these records gets a higher number, and older programs refuse it. */
export const SNAPSHOT_VERSION = 2;

export type SnapshotRecord =
  | { readonly kind: 'clock'; readonly value: Pick<State, 'now' | 'epoch' | 'leader' | 'wallOffsetMs'> }
  | { readonly kind: 'org'; readonly value: string }
  | { readonly kind: 'key'; readonly value: Key }
  | { readonly kind: 'enrolment'; readonly value: Enrolment }
  | { readonly kind: 'agent'; readonly value: Agent }
  | { readonly kind: 'idempotency'; readonly value: IdempotencyEntry & { readonly key: string } }
  | { readonly kind: 'task'; readonly value: Omit<Task, 'slot'> };

/** Yields the records of a state; equal states yield equal records in equal order. */
export function* dumpState(state: State): Iterable<SnapshotRecord> {
  const { now, epoch, leader, wallOffsetMs } = state;
  yield { kind: 'clock', value: { now, epoch, leader, wallOffsetMs } };
  for (const org of [...state.orgs].sort()) yield { kind: 'org', value: org };
  for (const key of sorted(state.keys)) yield { kind: 'key', value: key };
  for (const enrolment of sorted(state.enrolments)) yield { kind: 'enrolment', value: enrolment };
  for (const agent of sorted(state.agents)) yield { kind: 'agent', value: agent };
  for (const [key, entry] of state.idempotency) yield { kind: 'idempotency', value: { key, ...entry } };
  for (const task of state.tasks.values()) {
    // What comes and goes stands last and in one order, however the task came by it.
    const { slot: _slot, answers, paths, overlaps, usedBefore, usageDropped, ...facts } = task;
    yield { kind: 'task', value: { ...facts, answers, paths, overlaps, usedBefore, usageDropped } };
  }
}

/** Rebuilds a state from its records. They were checked by whoever stored them. */
export class StateLoader {
  readonly #state = emptyState();

  add(record: SnapshotRecord): void {
    const state = this.#state;
    switch (record.kind) {
      case 'clock':
        Object.assign(state, record.value);
        return;
      case 'org':
        state.orgs.add(record.value);
        return;
      case 'key':
        state.keys.set(record.value.hash, record.value);
        return;
      case 'enrolment':
        state.enrolments.set(record.value.hash, record.value);
        return;
      case 'agent':
        state.agents.set(agentKey(record.value.org, record.value.name), record.value);
        return;
      case 'idempotency': {
        const { key, ...entry } = record.value;
        state.idempotency.set(key, entry);
        return;
      }
      case 'task':
        state.tasks.set(record.value.id, Object.assign(record.value, { slot: null }));
        return;
    }
  }

  /** Indexes what was added, in an order that does not depend on how the state came about. */
  finish(): State {
    const state = this.#state;
    const tasks = [...state.tasks.values()];
    for (const task of tasks) retainTask(state, task);
    const finished = tasks.filter((task) => isFinal(task.state)).sort((a, b) => a.finishedAt - b.finishedAt);
    for (const task of tasks) if (!isFinal(task.state)) indexTask(state, task);
    for (const task of finished) indexTask(state, task);
    const longestIdleFirst = [...state.agents.values()].sort((a, b) => a.idleSince - b.idleSince);
    for (const agent of longestIdleFirst) {
      indexAgent(state, agent);
      indexLimits(state, agent);
    }
    for (const enrolment of state.enrolments.values()) indexEnrolment(state, enrolment);
    return state;
  }
}

function sorted<T>(map: ReadonlyMap<string, T>): T[] {
  return [...map.keys()].sort().map((key) => map.get(key) as T);
}

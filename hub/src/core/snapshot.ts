// The state as plain records and back. Only facts are dumped; loading rebuilds every index from them.

import { type AccessRecord, dumpAccess, loadAccess } from './access/records.js';
import { type AgentRecord, dumpAgents, indexAgents, loadAgents } from './agent/records.js';
import { type ActivityRecord, dumpActivity, loadActivity } from './alert/activity-records.js';
import { type AlertRecord, dumpAlerts, loadAlerts } from './alert/records.js';
import { type ConfigRecord, dumpConfig, loadConfig } from './config/records.js';
import { dumpHalts, type HaltRecord, loadHalts } from './halt/records.js';
import { dumpLeadership, type LeadershipRecord, loadLeadership } from './leadership/records.js';
import { dumpLedger, type LedgerRecord, loadLedger } from './ledger/records.js';
import { dumpLimits, indexReservations, type LimitRecord, loadLimits } from './limit/records.js';
import { dumpNotify, loadNotify, type NotifyRecord } from './notify/records.js';
import { dumpSavedViews, loadSavedViews, type SavedViewRecord } from './saved-view/records.js';
import { emptyState, type LoadTable, type State } from './state.js';
import { dumpTasks, indexTasks, loadTasks, type TaskRecord } from './task/records.js';

/** A newer shape of these records gets a higher number, and older programs refuse it. */
export const SNAPSHOT_VERSION = 8;

export type SnapshotRecord =
  | LeadershipRecord
  | ConfigRecord
  | AccessRecord
  | LedgerRecord
  | AgentRecord
  | TaskRecord
  | ActivityRecord
  | AlertRecord
  | NotifyRecord
  | HaltRecord
  | LimitRecord
  | SavedViewRecord;

const load: LoadTable<SnapshotRecord> = {
  ...loadLeadership,
  ...loadConfig,
  ...loadAccess,
  ...loadLedger,
  ...loadAgents,
  ...loadTasks,
  ...loadActivity,
  ...loadAlerts,
  ...loadNotify,
  ...loadHalts,
  ...loadLimits,
  ...loadSavedViews,
};

/** Yields the records of a state; equal states yield equal records in equal order. */
export function* dumpState(state: State): Iterable<SnapshotRecord> {
  yield* dumpLeadership(state);
  yield* dumpConfig(state);
  yield* dumpAccess(state);
  yield* dumpLedger(state);
  yield* dumpAgents(state);
  yield* dumpTasks(state);
  yield* dumpActivity(state);
  yield* dumpAlerts(state);
  yield* dumpNotify(state);
  yield* dumpHalts(state);
  yield* dumpLimits(state);
  yield* dumpSavedViews(state);
}

/** Rebuilds a state from its records. They were checked by whoever stored them. */
export class StateLoader {
  readonly #state = emptyState();

  add({ kind, value }: SnapshotRecord): void {
    load[kind](this.#state, value as never);
  }

  /** Indexes what was added. */
  finish(): State {
    indexTasks(this.#state);
    indexAgents(this.#state);
    indexReservations(this.#state);
    return this.#state;
  }
}

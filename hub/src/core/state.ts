// Everything the hub knows, as the journal's events left it, with the indexes that decisions need. Facts are dumped into
// snapshots; indexes are rebuilt from them. Only `apply` changes any of it.

import type { Enrolment, Key, Member, OneTimeToken, Org, Person, Session } from './access/access.js';
import { AccessIndex } from './access/access-index.js';
import type { OrgUsage } from './access/usage.js';
import { type Agent, agentKey } from './agent/agent.js';
import { Activity } from './alert/activity.js';
import { Alerts } from './alert/alerts.js';
import { type ConfigState, defaultConfig } from './config/config.js';
import { Deadlines } from './deadlines.js';
import { Halts } from './halt/halts.js';
import type { Leader } from './leadership/leader.js';
import { Ledger } from './ledger/ledger.js';
import { SpendLimits } from './limit/limits.js';
import { NotifyState } from './notify/notify.js';
import { SavedViews } from './saved-view/saved-view.js';
import { SharedValues } from './shared-values.js';
import { DeadLetters } from './task/dead-letters.js';
import { IdempotencyKeys } from './task/idempotency.js';
import { Matching } from './task/matching.js';
import { TouchedFiles } from './task/overlaps.js';
import type { Task } from './task/task.js';
import { TaskIndex } from './task/task-index.js';

export interface State {
  /** Time of the newest applied batch, ms; never goes back. */
  now: number;
  epoch: number;
  /** Absent when the last one has left. */
  leader: Leader | undefined;
  /** Wall time minus `now`, ms; below zero after the wall clock was set back. */
  wallOffsetMs: number;
  config: ConfigState;
  readonly orgs: Map<string, Org>;
  readonly tasks: Map<string, Task>;
  readonly agents: Map<string, Agent>;
  /** By hash. */
  readonly keys: Map<string, Key>;
  /** By hash. */
  readonly enrolments: Map<string, Enrolment>;
  readonly people: Map<string, Person>;
  /** By `memberKey`. */
  readonly members: Map<string, Member>;
  /** By hash. */
  readonly tokens: Map<string, OneTimeToken>;
  /** By hash. */
  readonly sessions: Map<string, Session>;
  /** By organisation. */
  readonly usage: Map<string, OrgUsage>;
  readonly ledger: Ledger;
  readonly idempotency: IdempotencyKeys;
  readonly activity: Activity;
  readonly alerts: Alerts;
  readonly notify: NotifyState;
  readonly halts: Halts;
  readonly savedViews: SavedViews;
  readonly limits: SpendLimits;
  // Indexes, rebuilt from the facts above.
  readonly access: AccessIndex;
  readonly shared: SharedValues;
  readonly taskIndex: TaskIndex;
  readonly matching: Matching;
  readonly deadlines: Deadlines;
  readonly touched: TouchedFiles;
  /** Children that wait for a task, by the parent's id. */
  readonly children: Map<string, Set<string>>;
  /** Finished tasks, in the order they finished. */
  readonly finished: Set<string>;
  readonly deadLetters: DeadLetters;
  /** Urgent tasks that wait for a usage limit to end, by organisation. */
  readonly parkedUrgent: Map<string, Set<string>>;
  /** How many tasks name a stored body, by its ref. */
  readonly bodies: Map<string, number>;
  /** Of the texts of an organisation's tasks, by organisation. */
  readonly storedBytes: Map<string, number>;
  readonly agentsByOrg: Map<string, Set<Agent>>;
}

/** What each type of event makes true; throws ImpossibleEvent when the state forbids it. */
export type ApplyTable<E extends { readonly type: string }> = {
  readonly [T in E['type']]: (state: State, event: Extract<E, { readonly type: T }>, at: number) => void;
};

/** How each kind of record of a snapshot comes back into a state. */
export type LoadTable<R extends { readonly kind: string; readonly value: unknown }> = {
  readonly [K in R['kind']]: (state: State, value: Extract<R, { readonly kind: K }>['value']) => void;
};

export function emptyState(): State {
  return {
    now: 0,
    epoch: 0,
    leader: undefined,
    wallOffsetMs: 0,
    config: defaultConfig,
    orgs: new Map(),
    tasks: new Map(),
    agents: new Map(),
    keys: new Map(),
    enrolments: new Map(),
    people: new Map(),
    members: new Map(),
    tokens: new Map(),
    sessions: new Map(),
    usage: new Map(),
    ledger: new Ledger(),
    access: new AccessIndex(),
    idempotency: new IdempotencyKeys(),
    activity: new Activity(),
    alerts: new Alerts(),
    notify: new NotifyState(),
    halts: new Halts(),
    savedViews: new SavedViews(),
    limits: new SpendLimits(),
    shared: new SharedValues(),
    taskIndex: new TaskIndex(),
    matching: new Matching(),
    deadlines: new Deadlines(),
    touched: new TouchedFiles(),
    children: new Map(),
    finished: new Set(),
    deadLetters: new DeadLetters(),
    parkedUrgent: new Map(),
    bodies: new Map(),
    storedBytes: new Map(),
    agentsByOrg: new Map(),
  };
}

export function agentOf(state: State, task: Task): Agent | undefined {
  return task.agent === undefined ? undefined : state.agents.get(agentKey(task.org, task.agent));
}

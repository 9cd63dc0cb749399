// Everything the hub knows, as the journal's events left it, with the indexes that decisions need. Facts are dumped into
// snapshots; indexes are rebuilt from them. Only `apply` changes any of it.

import { type AgentState, type Role, type ScheduledReason, TASK_STATES, type TaskState } from '@agentcom/schemas';
import { Deadlines } from './deadlines.js';
import type {
  Answered,
  CancelCause,
  DeathCause,
  Question,
  ReportMark,
  Session,
  StoredError,
  StoredResult,
  StoredSpec,
  Usage,
} from './events.js';
import { Matching } from './task/matching.js';
import { type Overlap, TouchedFiles } from './task/overlaps.js';
import type { Slot } from './task/queue.js';

export interface PassOver {
  readonly agent: string;
  readonly until: number;
  readonly times: number;
}

/** One accepted assignment. `endedAt` 0 while it runs. `lostWhile` is what it was doing when its link was given up. */
export interface Attempt {
  readonly generation: number;
  readonly agent: string;
  readonly startedAt: number;
  endedAt: number;
  error: StoredError | null;
  usage: Usage | null;
  counted: boolean;
  /** Its sidecar ended it by a report, completed or failed; otherwise the hub did. */
  reported: boolean;
  /** Where its sidecar kept the unfinished work. */
  salvageRef: string | null;
  lostWhile: 'working' | 'blocked' | null;
  session?: Session;
}

export interface HistoryEntry {
  readonly at: number;
  readonly event: string;
  readonly detail?: string;
}

export interface Task {
  readonly id: string;
  readonly org: string;
  readonly spec: StoredSpec;
  readonly by: string;
  readonly createdAt: number;
  state: TaskState;
  /** Why it is `scheduled`. */
  reason: ScheduledReason | null;
  /** When the present state ends by itself, 0 for never; wall time for `notBefore`, elapsed time for all else. */
  deadline: number;
  /** Parents that have not completed. */
  openParents: number;
  /** A parent that was cancelled, so that this task must be too. */
  orphanedBy: string | null;
  /** Since when it waits for an agent; its age in the queue. */
  queuedAt: number;
  generation: number;
  /** Who holds it, while assigned, working or blocked. */
  agent: string | null;
  offers: number;
  passedOver: PassOver[] | null;
  /** Attempts that count against `maxAttempts`. */
  attempts: number;
  attemptLog: Attempt[] | null;
  attemptsDropped: number;
  question: Question | null;
  /** What is left of the run timeout while blocked. */
  runLeftMs: number;
  /** Given, and not yet confirmed by the sidecar. */
  answer: { readonly questionId: string; readonly answer: string } | null;
  progress: { readonly at: number; readonly note?: string; readonly fraction?: number } | null;
  /** The newest reports of the present generation, oldest first. */
  reports: ReportMark[] | null;
  result: StoredResult | null;
  usage: Usage | null;
  death: DeathCause | null;
  cancel: { readonly cause: CancelCause; readonly reason: string; readonly by: string } | null;
  finishedAt: number;
  history: HistoryEntry[];
  historyDropped: number;
  // Absent until they mean something, so that most tasks do without, and old snapshots and journals mean what they meant.
  /** The newest answered questions, oldest first. */
  answers?: readonly Answered[] | undefined;
  /** What the live attempt has changed. */
  paths?: readonly string[] | undefined;
  /** Live tasks that change some of the same files. */
  overlaps?: readonly Overlap[] | undefined;
  /** What was used before the budget last began anew. */
  usedBefore?: Usage | undefined;
  /** What attempts used that are no longer in the log. */
  usageDropped?: Usage | undefined;
  /** The queue's own. */
  slot: Slot | null;
}

/** Until when a runner of an agent is out of use; `runner` null is the one for tasks that name none. */
export interface RunnerLimit {
  readonly runner: string | null;
  readonly until: number;
}

export interface Agent {
  readonly org: string;
  readonly name: string;
  readonly enrolledAt: number;
  /** Given by the invitation; always among its capabilities. */
  readonly granted: readonly string[];
  capabilities: readonly string[];
  version: string;
  host: string;
  os: string;
  instance: string;
  /** The live link, or null. */
  connection: string | null;
  linkChangedAt: number;
  /** The live assignment. */
  task: string | null;
  /** Work that was ended under it and has not been confirmed stopped. Never beside a live assignment. */
  stopping: { readonly task: string; readonly generation: number; readonly until: number } | null;
  /** Until when accepted work survives the lost link; 0 while linked or without work. */
  graceUntil: number;
  draining: boolean;
  /** Why it drains, or last did. */
  drainReason: string;
  unresponsive: boolean;
  idleSince: number;
  lastRepo: string | null;
  /** Absent when none of its runners has met a usage limit. */
  limits?: readonly RunnerLimit[] | undefined;
}

export interface Key {
  readonly id: string;
  readonly org: string;
  readonly role: Role;
  readonly name: string;
  readonly hash: string;
  readonly agent: string | null;
  readonly enrolment: string | null;
  readonly createdAt: number;
  readonly expiresAt: number;
  revokedAt: number;
}

export interface Enrolment {
  readonly id: string;
  readonly org: string;
  readonly hash: string;
  usesLeft: number;
  readonly expiresAt: number;
  readonly capabilities: readonly string[];
  readonly by: string;
  readonly createdAt: number;
}

export interface IdempotencyEntry {
  readonly task: string;
  readonly digest: string;
  readonly at: number;
}

export interface State {
  /** Time of the newest applied batch, ms; never goes back. */
  now: number;
  epoch: number;
  leader: string | null;
  /** Wall time minus `now`, ms; below zero after the wall clock was set back. */
  wallOffsetMs: number;
  readonly orgs: Set<string>;
  readonly tasks: Map<string, Task>;
  readonly agents: Map<string, Agent>;
  /** By hash. */
  readonly keys: Map<string, Key>;
  /** By hash. */
  readonly enrolments: Map<string, Enrolment>;
  /** By org, caller and key, oldest first. */
  readonly idempotency: Map<string, IdempotencyEntry>;
  // Indexes, rebuilt from the facts above.
  readonly matching: Matching;
  readonly deadlines: Deadlines;
  readonly touched: TouchedFiles;
  /** Children that wait for a task, by the parent's id. */
  readonly children: Map<string, Set<string>>;
  /** Finished tasks, in the order they finished. */
  readonly finished: Set<string>;
  /** How many tasks name a stored body, by its ref. */
  readonly bodies: Map<string, number>;
  readonly taskCounts: Record<TaskState, number>;
}

export function emptyState(): State {
  return {
    now: 0,
    epoch: 0,
    leader: null,
    wallOffsetMs: 0,
    orgs: new Set(),
    tasks: new Map(),
    agents: new Map(),
    keys: new Map(),
    enrolments: new Map(),
    idempotency: new Map(),
    matching: new Matching(),
    deadlines: new Deadlines(),
    touched: new TouchedFiles(),
    children: new Map(),
    finished: new Set(),
    bodies: new Map(),
    taskCounts: noTasks(),
  };
}

/** Zero for every state a task can be in. */
export function noTasks(): Record<TaskState, number> {
  return Object.fromEntries(TASK_STATES.map((state) => [state, 0])) as Record<TaskState, number>;
}

/** Names are unique within an organisation only. */
export function agentKey(org: string, name: string): string {
  return `${org}/${name}`;
}

/** Each caller has keys of its own: what one uses says nothing of another's tasks. */
export function idempotencyKey(org: string, by: string, key: string): string {
  return `${org}/${by}/${key}`;
}

export function agentOf(state: State, task: Task): Agent | undefined {
  return task.agent === null ? undefined : state.agents.get(agentKey(task.org, task.agent));
}

export function isFinal(state: TaskState): state is 'completed' | 'cancelled' {
  return state === 'completed' || state === 'cancelled';
}

/** Whether an agent may be offered work. */
export function isAvailable(agent: Agent): boolean {
  return (
    agent.connection !== null &&
    agent.task === null &&
    agent.stopping === null &&
    !agent.draining &&
    !agent.unresponsive
  );
}

/** The agent machine's state; `draining` and `unresponsive` are flags beside it. */
export function agentState(state: State, agent: Agent): AgentState {
  if (agent.task !== null) {
    const held = state.tasks.get(agent.task)?.state;
    return held === 'assigned' || held === 'blocked' ? held : 'working';
  }
  if (agent.stopping !== null && agent.connection !== null) return 'working';
  return agent.connection === null ? 'offline' : 'idle';
}

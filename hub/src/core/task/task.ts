// A task as the hub knows it.

import { type ScheduledReason, TASK_STATES, type TaskState } from '@agentcom/schemas';
import type { Amounts } from '../limit/limit.js';
import type {
  Answered,
  CancelCause,
  Choice,
  DeathCause,
  KeptWork,
  Left,
  Question,
  ReportMark,
  Session,
  StoredError,
  StoredResult,
  StoredSpec,
  TaskRoute,
  Usage,
} from './events.js';

export interface PassOver {
  readonly agent: string;
  readonly until: number;
  readonly times: number;
  /** Only with this runner and model, of the several that the task names. */
  readonly route?: Pick<TaskRoute, 'runner' | 'model'>;
}

/** Another live task, and the first of the files that both change. */
export interface Overlap {
  readonly task: string;
  readonly paths: readonly string[];
}

/** One accepted assignment. */
export interface Attempt {
  readonly generation: number;
  readonly agent: string;
  readonly startedAt: number;
  /** Absent while it runs. */
  endedAt?: number | undefined;
  error?: StoredError | undefined;
  usage?: Usage | undefined;
  counted: boolean;
  /** Its sidecar ended it by a report, completed or failed; otherwise the hub did. */
  reported: boolean;
  left?: Left | undefined;
  /** What it was doing when its link was given up. */
  lostWhile?: 'working' | 'blocked' | undefined;
  session?: Session | undefined;
  /** Of several runners and models that the task names. */
  choice?: Choice | undefined;
  /** What stopped it, and why. */
  halt?: { readonly id: string; readonly reason: string } | undefined;
  /** The spend limit that stopped it; its id is absent when none held it back any more by then. */
  limit?: { readonly id?: string | undefined; readonly scope: string } | undefined;
}

export interface HistoryEntry {
  readonly at: number;
  readonly event: string;
  readonly detail?: string;
}

/**
 * The fields up to `history` are those that most tasks come to use, and every task has them from the start, in one order; the others are
 * absent until they mean something. Both keep 100,000 queued tasks small.
 */
export interface Task {
  readonly id: string;
  readonly org: string;
  /** Never changed, but replaced. */
  spec: StoredSpec;
  readonly by: string;
  readonly createdAt: number;
  /** Its place among the tasks in memory, oldest lowest. Not a fact: numbered anew when a snapshot is loaded. */
  readonly order: number;
  state: TaskState;
  /** Why it is `scheduled`. */
  reason: ScheduledReason | undefined;
  /** When the present state ends by itself; wall time for `notBefore`, elapsed time for all else. */
  deadline: number | undefined;
  /** Since when it waits for an agent; its age in the queue. */
  queuedAt: number;
  generation: number;
  /** Who holds it, while assigned, working or blocked. */
  agent: string | undefined;
  /** In a row, without an accept. */
  offers: number;
  /** Attempts that count against `maxAttempts`. */
  attempts: number;
  attemptLog: Attempt[] | undefined;
  /** The newest reports of the present generation, oldest first. */
  reports: ReportMark[] | undefined;
  result: StoredResult | undefined;
  usage: Usage | undefined;
  finishedAt: number | undefined;
  /** The newest entries; absent while it was submitted and nothing else. */
  history: HistoryEntry[] | undefined;

  historyDropped?: number | undefined;
  attemptsDropped?: number | undefined;
  /** Parents that have not completed. */
  openParents?: number | undefined;
  /** The span under which it is traced. */
  traceparent?: string | undefined;
  /** The branch of its parent that it begins from. */
  parentBranch?: string | undefined;
  /** A parent that was cancelled, so that this task must be too. */
  orphanedBy?: string | undefined;
  passedOver?: readonly PassOver[] | undefined;
  /** Attempts in a row that its agents' machines could not start. */
  machineFailures?: number | undefined;
  question?: Question | undefined;
  /** What is left of the run timeout while blocked. */
  runLeftMs?: number | undefined;
  /** Given, and not yet confirmed by the sidecar. */
  answer?: { readonly questionId: string; readonly answer: string } | undefined;
  /** The newest answered questions, oldest first. */
  answers?: readonly Answered[] | undefined;
  progress?: { readonly at: number; readonly note?: string; readonly fraction?: number } | undefined;
  /** What the live attempt has changed. */
  paths?: readonly string[] | undefined;
  /** Live tasks that change some of the same files. */
  overlaps?: readonly Overlap[] | undefined;
  /** What was used before the budget last began anew. */
  usedBefore?: Usage | undefined;
  /** What attempts used that are no longer in the log. */
  usageDropped?: Usage | undefined;
  /** Of several runners and models that it names, those of the last offer. */
  choice?: Choice | undefined;
  /** With a limit to the cost: what it may be given to, the cheapest first, by what was known then. */
  priced?: { readonly at: number; readonly routes: readonly TaskRoute[] } | undefined;
  /** Since it was requeued for that alone. */
  push?: KeptWork | undefined;
  /** Sessions from attempts up to this generation are not resumed. */
  freshAfter?: number | undefined;
  /** The prompt was changed since the attempts up to this generation. */
  promptChangedAfter?: number | undefined;
  /** What its newest offer reserved of spend limits. */
  estimate?: Amounts | undefined;
  death?: DeathCause | undefined;
  cancel?: { readonly cause: CancelCause; readonly reason: string; readonly by: string } | undefined;
}

/** In a row, by the task's agent before. */
export function timesPassedOver({ passedOver }: Task, agent: string | undefined): number {
  return Math.max(0, ...(passedOver ?? []).map((entry) => (entry.agent === agent ? entry.times : 0)));
}

export function isFinal(state: TaskState): state is 'completed' | 'cancelled' {
  return state === 'completed' || state === 'cancelled';
}

/** Who holds a task, or who ended it: as it is shown, and as lists are filtered. */
export function agentOfTask({ agent, finishedAt, state, attemptLog }: Task): string | undefined {
  const isOver = finishedAt !== undefined || state === 'dead';
  return agent ?? (isOver ? attemptLog?.at(-1)?.agent : undefined);
}

/** Zero for every state a task can be in. */
export function noTasks(): Record<TaskState, number> {
  return Object.fromEntries(TASK_STATES.map((state) => [state, 0])) as Record<TaskState, number>;
}

// A task's attempts as the task remembers them: the newest ones, what each used, and the reports of the present one.

import { ImpossibleEvent } from '../event-errors.js';
import { bookAttempt, bookUse } from '../ledger/book.js';
import { reserveFor } from '../limit/account.js';
import type { State } from '../state.js';
import type { ReportMark, Session, Usage } from './events.js';
import { remember } from './history.js';
import { formatPaths } from './overlaps.js';
import type { Attempt, Overlap, Task } from './task.js';
import { addUsage } from './usage.js';

/** Newest attempts kept per task; older ones are counted, and what they used stays in the sum. */
export const ATTEMPT_LOG_LIMIT = 500;
/** Reports remembered for telling a repetition from a conflict. */
export const REPORTS_REMEMBERED = 256;

export function beginAttempt(task: Task, agent: string, at: number): void {
  const attempt = newAttempt(task.generation, agent, at);
  if (task.choice !== undefined) attempt.choice = task.choice;
  if (task.attemptLog === undefined) task.attemptLog = [attempt];
  else task.attemptLog.push(attempt);
  if (task.attemptLog.length <= ATTEMPT_LOG_LIMIT) return;
  const dropped = task.attemptLog.shift();
  task.attemptsDropped = (task.attemptsDropped ?? 0) + 1;
  task.usageDropped = addUsage(task.usageDropped, dropped?.usage);
}

/** Has a place for everything from the start, so that equal attempts have equal texts. */
export function newAttempt(generation: number, agent: string, startedAt: number): Attempt {
  return {
    generation,
    agent,
    startedAt,
    endedAt: undefined,
    error: undefined,
    usage: undefined,
    counted: false,
    reported: false,
    left: undefined,
    lostWhile: undefined,
    session: undefined,
    choice: undefined,
    halt: undefined,
    limit: undefined,
  };
}

export function lastAttempt(task: Task): Attempt {
  const attempt = task.attemptLog?.at(-1);
  if (attempt === undefined) throw new ImpossibleEvent(`${task.id} has no attempt`);
  return attempt;
}

/** Undefined when it was never accepted, or has left the log. */
export function attemptOf(task: Task, generation: number): Attempt | undefined {
  return task.attemptLog?.find((attempt) => attempt.generation === generation);
}

/** Undefined for the attempt of another agent, too. */
export function ownAttempt(
  { tasks }: State,
  { org, agent }: { readonly org: string; readonly agent: string },
  { task: id, generation }: { readonly task: string; readonly generation: number },
): Attempt | undefined {
  const task = tasks.get(id);
  const attempt = task?.org === org ? attemptOf(task, generation) : undefined;
  return attempt?.agent === agent ? attempt : undefined;
}

/** With the attempt ends what it changed, and what it had in common with others. */
export function endAttempt(state: State, task: Task, at: number): Attempt {
  const attempt = lastAttempt(task);
  attempt.endedAt = at;
  bookAttempt(state, task, attempt, at);
  if (task.paths !== undefined) notePaths(state, task, []);
  if (task.overlaps !== undefined) forgetOverlaps(state, task);
  return attempt;
}

function forgetOverlaps(state: State, task: Task): void {
  for (const { task: id } of task.overlaps ?? []) {
    const other = state.tasks.get(id);
    const left = other?.overlaps?.filter((overlap) => overlap.task !== task.id);
    if (other !== undefined) other.overlaps = left?.length === 0 ? undefined : left;
  }
  task.overlaps = undefined;
}

export function noteReport(task: Task, report: ReportMark): void {
  if (task.reports === undefined) task.reports = [report];
  else task.reports.push(report);
  if (task.reports.length > REPORTS_REMEMBERED) task.reports.shift();
}

/** What a report says of the attempt as a whole; each replaces what was said before. */
export function noteSpent(
  state: State,
  task: Task,
  { usage, session }: { usage?: Usage; session?: Session },
  at: number,
  attempt = lastAttempt(task),
): void {
  if (session !== undefined) attempt.session = session;
  if (usage !== undefined) {
    bookUse(state, task, attempt, attempt.usage, usage, at);
    attempt.usage = usage;
  }
  // Of which runner it is may be known only now.
  if (task.agent !== undefined) reserveFor(state, task);
  if (usage === undefined) return;
  task.usage = (task.attemptLog ?? []).reduce<Usage | undefined>(
    (sum, attempt) => addUsage(sum, attempt.usage),
    task.usageDropped,
  );
}

export function notePaths(state: State, task: Task, paths: readonly string[]): void {
  state.touched.remove(task);
  task.paths = paths.length === 0 ? undefined : paths;
  state.touched.add(task);
}

export function noteOverlap(task: Task, overlap: Overlap, at: number): void {
  task.overlaps = [...(task.overlaps ?? []), overlap];
  remember(task, at, 'overlapped', `changes the same files as task ${overlap.task}: ${formatPaths(overlap.paths)}`);
}

// A task's attempts as the task remembers them: the newest ones, what each used, and the reports of the present one.

import type { ReportMark, Session, Usage } from '../events.js';
import type { Attempt, State, Task } from '../state.js';
import { remember } from './history.js';
import { ImpossibleEvent } from './machine.js';
import { formatPaths, type Overlap } from './overlaps.js';
import { addUsage } from './usage.js';

/** Newest attempts kept per task; older ones are counted, and what they used stays in the sum. */
export const ATTEMPT_LOG_LIMIT = 500;
/** Reports remembered for telling a repetition from a conflict. */
export const REPORTS_REMEMBERED = 256;

export function beginAttempt(task: Task, agent: string, at: number): void {
  const attempt: Attempt = {
    generation: task.generation,
    agent,
    startedAt: at,
    endedAt: 0,
    error: null,
    usage: null,
    counted: false,
    reported: false,
    salvageRef: null,
    lostWhile: null,
  };
  task.attemptLog = [...(task.attemptLog ?? []), attempt];
  if (task.attemptLog.length <= ATTEMPT_LOG_LIMIT) return;
  const dropped = task.attemptLog.shift();
  task.attemptsDropped++;
  task.usageDropped = addUsage(task.usageDropped ?? null, dropped?.usage ?? null) ?? undefined;
}

export function lastAttempt(task: Task): Attempt {
  const attempt = task.attemptLog?.at(-1);
  if (attempt === undefined) throw new ImpossibleEvent(`${task.id} has no attempt`);
  return attempt;
}

/** With the attempt ends what it changed, and what it had in common with others. */
export function endAttempt(state: State, task: Task, at: number): Attempt {
  const attempt = lastAttempt(task);
  attempt.endedAt = at;
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
  task.reports = [...(task.reports ?? []), report].slice(-REPORTS_REMEMBERED);
}

/** What a report says of the attempt as a whole; each replaces what was said before. */
export function noteSpent(task: Task, { usage, session }: { usage?: Usage; session?: Session }): void {
  if (session !== undefined) lastAttempt(task).session = session;
  if (usage === undefined) return;
  lastAttempt(task).usage = usage;
  task.usage = (task.attemptLog ?? []).reduce<Usage | null>(
    (sum, attempt) => addUsage(sum, attempt.usage),
    task.usageDropped ?? null,
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

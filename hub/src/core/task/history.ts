// A task's own history: the newest entries, and how many older ones were dropped.

import type { HistoryEntry, Task } from './task.js';

export const HISTORY_LIMIT = 60;

export function remember(task: Task, at: number, event: string, detail?: string): void {
  const entry = detail === undefined ? { at, event } : { at, event, detail };
  if (task.history === undefined) task.history = [{ at: task.createdAt, event: 'submitted' }, entry];
  else task.history.push(entry);
  if (task.history.length > HISTORY_LIMIT) {
    task.history.shift();
    task.historyDropped = (task.historyDropped ?? 0) + 1;
  }
}

/** What is remembered; a task of which nothing is was submitted and nothing else. */
export function historyOf(task: Task): readonly HistoryEntry[] {
  return task.history ?? [{ at: task.createdAt, event: 'submitted' }];
}

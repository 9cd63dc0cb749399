// A task's own history: the newest entries, and how many older ones were dropped.

import type { Task } from '../state.js';

export const HISTORY_LIMIT = 60;

export function remember(task: Task, at: number, event: string, detail?: string): void {
  task.history.push(detail === undefined ? { at, event } : { at, event, detail });
  if (task.history.length > HISTORY_LIMIT) {
    task.history.shift();
    task.historyDropped++;
  }
}

// What a task may use in all its attempts, and whether it has. A requeue by an operator begins the budget anew.

import type { StoredSpec, Usage } from './events.js';
import type { Task } from './task.js';
import { addUsage, costInAll, usageSince } from './usage.js';

/** What counts against the budget. */
export function usedOf(task: Task): Usage | undefined {
  return usageSince(task.usage, task.usedBefore);
}

/** What will count once the live attempt has reported `usage`, which replaces what it reported before. */
export function usedWith(task: Task, usage: Usage | undefined): Usage | undefined {
  if (usage === undefined) return usedOf(task);
  const others = usageSince(usedOf(task), task.attemptLog?.at(-1)?.usage);
  return addUsage(others, usage);
}

/** A figure that nobody reported is unknown and uses nothing up. A budget names no currency: all of them count against it. */
export function isUsedUp(budget: StoredSpec['budget'], used: Usage | undefined): boolean {
  if (budget === undefined || used === undefined) return false;
  const { costMicros, tokens } = budget;
  if (costMicros !== undefined && (costInAll(used) ?? 0) >= costMicros) return true;
  return tokens !== undefined && (used.inputTokens ?? 0) + (used.outputTokens ?? 0) >= tokens;
}

// What a task may use in all its attempts, and whether it has. A requeue by an operator begins the budget anew.

import type { StoredSpec, Usage } from '../events.js';
import type { Task } from '../state.js';
import { addUsage, usageSince } from './usage.js';

/** What counts against the budget. */
export function usedOf(task: Task): Usage | null {
  return usageSince(task.usage, task.usedBefore);
}

/** What will count once the live attempt has reported `usage`, which replaces what it reported before. */
export function usedWith(task: Task, usage: Usage | undefined): Usage | null {
  if (usage === undefined) return usedOf(task);
  const others = usageSince(usedOf(task), task.attemptLog?.at(-1)?.usage ?? undefined);
  return addUsage(others, usage);
}

/** A figure that nobody reported is unknown and uses nothing up. */
export function isUsedUp(budget: StoredSpec['budget'], used: Usage | null): boolean {
  if (budget === undefined || used === null) return false;
  const { costMicros, tokens } = budget;
  if (costMicros !== undefined && (used.costMicros ?? 0) >= costMicros) return true;
  return tokens !== undefined && (used.inputTokens ?? 0) + (used.outputTokens ?? 0) >= tokens;
}

// What a task may use in all its attempts together, and what of it is left.

import type { Job } from './job-model.js';
import { costInAll } from './usage.js';

/** In millionths of the currency, and in tokens of input and output together. */
export interface Budget {
  readonly costMicros?: number;
  readonly tokens?: number;
}

/** What the task's own budget allows, and for what it does not name, the configuration's. */
export function budgetOf(own: Budget | undefined, configured: Budget): Budget {
  const costMicros = own?.costMicros ?? configured.costMicros;
  const tokens = own?.tokens ?? configured.tokens;
  return { ...(costMicros !== undefined && { costMicros }), ...(tokens !== undefined && { tokens }) };
}

/** What the next turn may use, never below 0; empty without a limit. Use that is not known counts as none. */
export function budgetLeft({ budget, task, usage }: Pick<Job, 'budget' | 'task' | 'usage'>): Budget {
  const { costMicros, tokens } = budget;
  const cost = costInAll(task.used ?? {}) + costInAll(usage);
  const used = tokensOf(task.used) + tokensOf(usage);
  return {
    ...(costMicros !== undefined && { costMicros: Math.max(0, costMicros - cost) }),
    ...(tokens !== undefined && { tokens: Math.max(0, tokens - used) }),
  };
}

/** Whether nothing may be used any more. */
export function isUsedUp(job: Pick<Job, 'budget' | 'task' | 'usage'>): boolean {
  const { costMicros, tokens } = budgetLeft(job);
  return costMicros === 0 || tokens === 0;
}

/** Short of the hub's deadline, which counts from the acceptance on: work that ends in its last seconds must still be reported in time. */
const RESERVE_SECONDS_MAX = 10;

/** The run time that the next turn has, in ms; the task's limit is for all turns of the attempt. */
export function runTimeLeftMs({ task: { runTimeoutSeconds }, usage }: Pick<Job, 'task' | 'usage'>): number {
  const reserve = Math.min(RESERVE_SECONDS_MAX, runTimeoutSeconds / 10);
  return Math.max(1, runTimeoutSeconds - reserve - (usage.seconds ?? 0)) * 1000;
}

function tokensOf(usage: { readonly inputTokens?: number; readonly outputTokens?: number } | undefined): number {
  return (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0);
}

// Enters what attempts use. The fact is the report: it says what its attempt has used in all, so what is added is how far that is beyond what the
// same attempt had said before. Said again, late, by a restarted sidecar or to a restored hub, it adds nothing twice.

import { LIMITS, NO_CURRENCY } from '@agentcom/schemas';
import { dayOf } from '../access/usage.js';
import { countUse } from '../limit/account.js';
import type { State } from '../state.js';
import type { StoredSpec, Usage } from '../task/events.js';
import { runnerOfAttempt, single } from '../task/routes.js';
import type { Attempt, Task } from '../task/task.js';
import { costsIn } from '../task/usage.js';
import type { Figures, WorkParts } from './ledger.js';
import type { TaskKind } from './task-history.js';

/** Names what a task was made from. */
const TEMPLATE_LABEL = 'template';
const NO_COST: Figures['cost'] = {};

type KindParts = Pick<StoredSpec, 'repo' | 'runner' | 'model' | 'labels'>;

/** The attempt has used `after` where it had used `before`. */
export function bookUse(
  state: State,
  task: Task,
  attempt: Attempt,
  before: Usage | undefined,
  after: Usage,
  at: number,
): void {
  const growth: Figures = {
    attempts: 0,
    unknownCost: 0,
    inputTokens: (after.inputTokens ?? 0) - (before?.inputTokens ?? 0),
    outputTokens: (after.outputTokens ?? 0) - (before?.outputTokens ?? 0),
    unpricedTokens: unpricedTokens(after) - unpricedTokens(before),
    ms: ms(after) - ms(before),
    cost: costGrowth(before, after),
  };
  state.ledger.org(task.org).add(dayOf(at), partsOf(task, attempt), growth);
  state.activity.org(task.org).spending.add(growth.cost, at);
  countUse(state, task, attempt, growth);
}

/** Takes a cost back whole whose currency turns out to be another. */
function costGrowth(before: Usage | undefined, after: Usage): Record<string, number> {
  if (after.otherCosts !== undefined) return costsGrowth(before, after);
  const { costMicros = 0, currency = NO_CURRENCY } = after;
  if (before?.costMicros === undefined) return after.costMicros === undefined ? {} : { [currency]: costMicros };
  const was = before.currency ?? NO_CURRENCY;
  if (was === currency) return { [currency]: costMicros - before.costMicros };
  return { [was]: -before.costMicros, [currency]: costMicros };
}

function costsGrowth(before: Usage | undefined, after: Usage): Record<string, number> {
  const growth = Object.fromEntries(costsIn(after));
  for (const [currency, micros] of costsIn(before ?? {})) growth[currency] = (growth[currency] ?? 0) - micros;
  return growth;
}

/** The attempt has ended, which counts it; also whether its cost is known. */
export function bookAttempt(state: State, task: Task, attempt: Attempt, at: number): void {
  const figures = ended(attempt, 1);
  state.ledger.org(task.org).add(dayOf(at), partsOf(task, attempt), figures);
  countUse(state, task, attempt, figures);
}

/** Takes back what was booked at its end, before anything of it changes: it goes on, or has said more since. */
export function unbookAttempt(state: State, task: Task, attempt: Attempt): void {
  const figures = ended(attempt, -1);
  state.ledger.of(task.org)?.correct(dayOf(attempt.endedAt as number), partsOf(task, attempt), figures);
  countUse(state, task, attempt, figures);
}

/** With each field written out, unlike a spread: every task brings one. */
function ended({ usage }: Attempt, attempts: 1 | -1): Figures {
  return {
    attempts,
    unknownCost: usage?.costMicros === undefined ? attempts : 0,
    inputTokens: 0,
    outputTokens: 0,
    unpricedTokens: 0,
    ms: 0,
    cost: NO_COST,
  };
}

/** The task has ended by its own work, well or not: what it has used in all tells what one like it may use. */
export function bookTask({ ledger }: State, task: Task): void {
  const { usage } = task;
  if (usage === undefined) return;
  const { costMicros, currency = NO_CURRENCY, otherCosts, seconds, inputTokens, outputTokens } = usage;
  const hasTokens = inputTokens !== undefined || outputTokens !== undefined;
  ledger.org(task.org).history.add(kindOf(task.spec, task.attemptLog?.at(-1)), {
    // Of several currencies there is no sum.
    ...(costMicros !== undefined && otherCosts === undefined && { costMicros, currency }),
    ...(hasTokens && { tokens: tokensOf(usage) }),
    ...(inputTokens !== undefined && { inputTokens }),
    ...(outputTokens !== undefined && { outputTokens }),
    ...(seconds !== undefined && { seconds }),
  });
}

/** As it was asked for, or by the attempt that ended it: what it turned out to run with. */
export function kindOf(asked: KindParts, by?: Pick<Attempt, 'session' | 'choice'>): TaskKind {
  const { repo, runner, model, labels } = asked;
  const ran = by?.session?.runner ?? (by === undefined ? single(runner) : runnerOfAttempt(by, asked));
  const used = by === undefined ? single(model) : by.session?.model;
  return [repo?.url ?? '', ran ?? '', labels?.[TEMPLATE_LABEL] ?? '', used ?? ''];
}

/** Nothing of it changes between the end of an attempt and its being taken back. */
function partsOf({ spec, by }: Task, attempt: Attempt): WorkParts {
  const { agent, session } = attempt;
  const { repo, labels } = spec;
  return [
    repo?.url ?? '',
    agent,
    session?.runner ?? runnerOfAttempt(attempt, spec) ?? '',
    session?.model ?? '',
    labels === undefined ? '' : labelsText(labels),
    by,
  ];
}

/** '' without any. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  const entries = Object.entries(labels);
  if (entries.length === 0) return '';
  return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function labelsOf(text: string): readonly (readonly [string, string])[] {
  return text === '' ? [] : (JSON.parse(text) as [string, string][]);
}

function unpricedTokens(usage: Usage | undefined): number {
  return usage === undefined || usage.costMicros !== undefined ? 0 : tokensOf(usage);
}

export function tokensOf({ inputTokens = 0, outputTokens = 0 }: Usage): number {
  return inputTokens + outputTokens;
}

/** Within what the other figures are, so that sums stay whole: a machine may say that it has worked for ages. */
function ms(usage: Usage | undefined): number {
  return Math.min(Math.round((usage?.seconds ?? 0) * 1000), LIMITS.amount);
}

// Enters what attempts use. The fact is the report: it says what its attempt has used in all, so what is added is how far that is beyond what the
// same attempt had said before. Said again, late, by a restarted sidecar or to a restored hub, it adds nothing twice.

import { dayOf } from '../access/usage.js';
import type { State } from '../state.js';
import type { StoredSpec, Usage } from '../task/events.js';
import type { Attempt, Task } from '../task/task.js';
import { NO_CURRENCY, type WorkParts } from './ledger.js';
import type { TaskKind } from './task-history.js';

/** Names what a task was made from. */
const TEMPLATE_LABEL = 'template';

type KindParts = Pick<StoredSpec, 'repo' | 'runner' | 'labels'>;

/** The attempt has used `after` where it had used `before`. */
export function bookUse(
  { ledger }: State,
  task: Task,
  attempt: Attempt,
  before: Usage | undefined,
  after: Usage,
  at: number,
): void {
  const own = ledger.org(task.org);
  const day = dayOf(at);
  const row = own.row(day, partsOf(task, attempt));
  row.inputTokens += (after.inputTokens ?? 0) - (before?.inputTokens ?? 0);
  row.outputTokens += (after.outputTokens ?? 0) - (before?.outputTokens ?? 0);
  row.unpricedTokens += unpricedTokens(after) - unpricedTokens(before);
  row.ms += ms(after) - ms(before);
  if (before?.costMicros !== undefined && before.currency !== after.currency) {
    own.addCost(day, row, before.currency ?? NO_CURRENCY, -before.costMicros);
    own.addCost(day, row, after.currency ?? NO_CURRENCY, after.costMicros ?? 0);
  } else if (after.costMicros !== undefined) {
    own.addCost(day, row, after.currency ?? NO_CURRENCY, after.costMicros - (before?.costMicros ?? 0));
  }
}

/** The attempt has ended, which counts it; also whether its cost is known. */
export function bookAttempt({ ledger }: State, task: Task, attempt: Attempt, at: number): void {
  const row = ledger.org(task.org).row(dayOf(at), partsOf(task, attempt));
  row.attempts++;
  if (attempt.usage?.costMicros === undefined) row.unknownCost++;
}

/** Takes back what was booked at its end, before anything of it changes: it goes on, or has said more since. */
export function unbookAttempt({ ledger }: State, task: Task, attempt: Attempt): void {
  const row = ledger.of(task.org)?.rowBefore(dayOf(attempt.endedAt as number), partsOf(task, attempt));
  if (row === undefined) return;
  row.attempts--;
  if (attempt.usage?.costMicros === undefined) row.unknownCost--;
}

/** The task has ended by its own work, well or not: what it has used in all tells what one like it may use. */
export function bookTask({ ledger }: State, task: Task): void {
  const { usage } = task;
  if (usage === undefined) return;
  const { costMicros, currency = NO_CURRENCY, seconds } = usage;
  const hasTokens = usage.inputTokens !== undefined || usage.outputTokens !== undefined;
  ledger.org(task.org).history.add(kindOf(task.spec, task.attemptLog?.at(-1)?.session?.runner), {
    ...(costMicros !== undefined && { costMicros, currency }),
    ...(hasTokens && { tokens: tokensOf(usage) }),
    ...(seconds !== undefined && { seconds }),
  });
}

/** `ranBy`: the runner that it turned out to be. */
export function kindOf({ repo, runner, labels }: KindParts, ranBy?: string): TaskKind {
  return [repo?.url ?? '', ranBy ?? runner ?? '', labels?.[TEMPLATE_LABEL] ?? ''];
}

/** What was spent on a day before there was a ledger: nobody knows for what any more. */
export function bookEarlier({ ledger }: State, org: string, day: number, costMicros: number): void {
  const own = ledger.org(org);
  own.addCost(day, own.row(day, undefined), NO_CURRENCY, costMicros);
}

/** Nothing of it changes between the end of an attempt and its being taken back. */
function partsOf({ spec, by }: Task, { agent, session }: Attempt): WorkParts {
  const { repo, runner, labels } = spec;
  return [
    repo?.url ?? '',
    agent,
    session?.runner ?? runner ?? '',
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

function ms(usage: Usage | undefined): number {
  return Math.round((usage?.seconds ?? 0) * 1000);
}

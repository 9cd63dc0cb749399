// What became of the tasks of an alert that nobody mended: a question that was left unanswered, work that died or was cancelled.

import type { AlertRuleName } from '@agentcom/schemas';
import type { State } from '../state.js';
import type { Task } from '../task/task.js';
import type { Alert } from './alert.js';
import { sinceEntry } from './rules/rule.js';
import { count } from './rules/texts.js';

/** They are about tasks that are dead: that these are no longer is good news. */
const OF_DEAD_TASKS: ReadonlySet<string> = new Set<AlertRuleName>([
  'DeadLetters',
  'DeadLettersOld',
  'DeadParentBlocks',
]);

/** Of an attempt whose question nobody answered. */
const UNANSWERED = 'answer.timeout';

/** As a sentence; undefined where nothing went wrong. Of the tasks that the alert names. */
export function outcomeOf({ tasks }: State, { rule, finding }: Pick<Alert, 'rule' | 'finding'>): string | undefined {
  if (OF_DEAD_TASKS.has(rule)) return undefined;
  const about = finding.subjects.flatMap(({ kind, id }) => (kind === 'task' ? (tasks.get(id) ?? []) : []));
  const unanswered = rule === 'QuestionWaiting' ? about.filter(isUnanswered).length : 0;
  const parts = [
    ...(unanswered === 0 ? [] : [`Nobody answered ${count(unanswered, 'question')} in time`]),
    ...ended(about, 'dead'),
    ...ended(about, 'cancelled'),
  ];
  return parts.length === 0 ? undefined : `${parts.join('; ')}.`;
}

function ended(tasks: readonly Task[], state: 'dead' | 'cancelled'): string[] {
  const n = tasks.filter((task) => task.state === state).length;
  return n === 0 ? [] : [`${count(n, 'task')} ${n === 1 ? 'is' : 'are'} ${state} now`];
}

/** The attempt that asked last ended for want of an answer. */
function isUnanswered(task: Task): boolean {
  const askedAt = sinceEntry(task, 'blocked');
  return (task.attemptLog ?? []).some(
    ({ endedAt, error }) => endedAt !== undefined && endedAt >= askedAt && error?.code === UNANSWERED,
  );
}

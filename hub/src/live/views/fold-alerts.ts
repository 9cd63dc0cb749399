// One cause is one thing to do: an alert about what another row is there for goes into that row, which has its severity from then on. Pure.

import type { AlertRuleName, LiveNeed } from '@agentcom/schemas';
import { SEVERITIES } from '@agentcom/schemas/notification';
import type { View } from '../../access/view.js';
import { endOf } from '../../core/task/dead-letters.js';
import type { Task } from '../../core/task/task.js';
import type { Unmatched } from '../../core/task/unmatched.js';
import { wantedKey, wantedOf } from '../../core/task/wants.js';

export const rowIds = {
  question: (task: string) => `question ${task}`,
  deadLetters: (group: string) => `dead-letters ${group}`,
  unmatched: (key: string) => `unmatched ${key}`,
  agent: (name: string) => `agent ${name}`,
} as const;

const deadRows = (task: Task): string[] => (task.state === 'dead' ? [rowIds.deadLetters(endOf(task).id)] : []);

/** The rows that may be there for a task that the alert names. */
const OF_TASKS: { readonly [Rule in AlertRuleName]?: (task: Task) => readonly string[] } = {
  QuestionWaiting: ({ id }) => [rowIds.question(id)],
  DeadLetters: deadRows,
  DeadLettersOld: deadRows,
  DeadParentBlocks: deadRows,
  NoCapableAgent: (task) => {
    const wanted = wantedOf(task);
    const wants = wantedKey(wanted).replaceAll('\n', ' ');
    return [wants, `${wants} @ ${wanted.repo?.url ?? ''}`].map(rowIds.unmatched);
  },
};
/** Only where each agent that they name has a row. */
const OF_AGENTS: ReadonlySet<string> = new Set<AlertRuleName>([
  'AgentFailing',
  'AgentDiskLow',
  'AgentFlapping',
  'OfferUnanswered',
]);

/** Of several with the cause of one row the gravest is in it; the next one takes its place once that is acknowledged. */
export function foldAlerts(
  view: View,
  rows: readonly LiveNeed[],
  alerts: readonly LiveNeed[],
  lacks: readonly Unmatched[],
): LiveNeed[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const alone = alerts.toSorted(byGravity).filter(({ alert, severity }) => {
    if (alert === undefined || severity === undefined) return true;
    const row = mostNamed(rowIdsFor(view, alert, byId, lacks), byId);
    if (row === undefined) return true;
    if (row.alert === undefined) byId.set(row.id, { ...row, alert, severity });
    // An agent may be in trouble for more than one reason.
    else if (OF_AGENTS.has(alert.rule)) return true;
    return false;
  });
  return [...byId.values(), ...alone];
}

/** The row that most of what the alert names belongs to; of several, the first. */
function mostNamed(ids: readonly string[], rows: ReadonlyMap<string, LiveNeed>): LiveNeed | undefined {
  const times = new Map<string, number>();
  for (const id of ids) if (rows.has(id)) times.set(id, (times.get(id) ?? 0) + 1);
  const [most] = [...times].sort(([, a], [, b]) => b - a);
  return most && rows.get(most[0]);
}

function rowIdsFor(
  view: View,
  { rule, subjects }: NonNullable<LiveNeed['alert']>,
  rows: ReadonlyMap<string, LiveNeed>,
  lacks: readonly Unmatched[],
): readonly string[] {
  if (rule === 'NoAgents')
    return lacks.filter(({ code }) => code === 'agents_offline').map(({ key }) => rowIds.unmatched(key));
  if (OF_AGENTS.has(rule)) {
    const ids = subjects.map(({ kind, id }) => (kind === 'agent' ? rowIds.agent(id) : ''));
    return ids.every((id) => rows.has(id)) ? ids : [];
  }
  const rowsOf = (OF_TASKS as Readonly<Record<string, (typeof OF_TASKS)[AlertRuleName]>>)[rule];
  if (rowsOf === undefined) return [];
  return subjects.flatMap(({ kind, id }) => {
    const task = kind === 'task' ? view.task(id) : undefined;
    return task === undefined ? [] : rowsOf(task);
  });
}

function byGravity(a: LiveNeed, b: LiveNeed): number {
  const rank = ({ severity }: LiveNeed): number => (severity === undefined ? 0 : SEVERITIES.indexOf(severity));
  return rank(a) - rank(b);
}

// Tasks as people read them.

import type { ScheduledReason, TaskState, TaskSummary, TaskView } from '@agentcom/schemas';
import { parseSort, rowOrder, SORT_KEYS } from '@agentcom/schemas/query';
import { shortIds } from './ids.js';
import type { Invocation } from './invocation.js';
import { fields, table } from './layout.js';
import type { Colours, Output } from './output.js';
import { attemptsText } from './show-attempts.js';
import { type ExplainedError, errorFields } from './show-error.js';
import { answersText, notesText, overlapsText, verificationText } from './show-result.js';
import { choiceText, preferredText, routesText, runnerText } from './show-routes.js';
import { ago, counted, indented, oneLine, printable, when } from './text.js';
import { budgetText, usageText } from './usage-text.js';

/** Why a task waits, in a list; a narrower terminal has no room for it. */
const WHY_COLUMNS = 36;
const WHY_FROM = 100;
/** Of a prompt, on a page with everything else. */
const PROMPT_LINES = 12;

export function stateColour(colours: Colours, state: TaskState): (text: string) => string {
  switch (state) {
    case 'completed':
      return colours.green;
    case 'dead':
      return colours.red;
    case 'blocked':
      return colours.yellow;
    case 'assigned':
    case 'working':
      return colours.cyan;
    case 'cancelled':
      return colours.dim;
    default:
      return String;
  }
}

/** By when it was submitted, the oldest first. */
const OWN_KEYS = ['id', 'submitted'] as const;
const KEYS = [...SORT_KEYS.tasks, ...OWN_KEYS];
/** `-` before a column turns its order round. */
export const TASK_ORDERS = [...KEYS, ...KEYS.map((key) => `-${key}`)];

/** The newest first among equals. */
export function sortedTasks(tasks: readonly TaskSummary[], by: string): TaskSummary[] {
  const own = OWN_KEYS.find((key) => key === by.replace(/^-/, ''));
  // Ids grow with time, and age shrinks.
  const { sort } = parseSort('tasks', own === undefined ? by : by.startsWith('-') ? 'age' : '-age');
  return sort === undefined ? [...tasks] : tasks.toSorted(rowOrder('tasks', sort));
}

export function taskTable(out: Output, tasks: readonly TaskSummary[], now: number): string {
  const short = shortIds(tasks.map(({ id }) => id));
  return table(
    out,
    tasks,
    [
      { head: 'TASK', of: (task) => short(task.id) },
      { head: 'STATE', of: (task) => task.state, colour: (text, task) => stateColour(out.colours, task.state)(text) },
      { head: 'LANE', of: (task) => task.lane },
      { head: 'AGENT', of: (task) => task.agent ?? '-' },
      ...(tasks.some(({ runner }) => runner !== undefined)
        ? [{ head: 'RUNNER', of: (task: TaskSummary) => runnerText(task) }]
        : []),
      ...(tasks.some(({ why }) => why !== undefined)
        ? [{ head: 'WHY', of: (task: TaskSummary) => task.why?.text ?? '-', clip: WHY_COLUMNS, wideFrom: WHY_FROM }]
        : []),
      { head: 'SUBMITTED', of: (task) => ago(task.createdAt, now) },
      { head: 'TITLE', of: (task) => task.title, stretch: true },
    ],
    'no tasks',
  );
}

/** What the listed tasks ask, with the answers there are to choose from; undefined where none asks anything. */
export function asksText(invocation: Invocation, tasks: readonly TaskSummary[]): string | undefined {
  const { colours } = invocation.out;
  const asking = tasks.filter(({ asks }) => asks !== undefined);
  if (asking.length === 0) return undefined;
  const short = shortIds(tasks.map(({ id }) => id));
  const lines = asking.flatMap(({ id, asks = '', choices = [] }) => [
    `${colours.yellow(short(id))}  ${indented(asks).trimStart()}`,
    ...choices.map((choice) => `  - ${oneLine(choice)}`),
  ]);
  return [...lines, colours.dim(`Answer with: ${invocation.hint('task answer ID "…"')}`)].join('\n');
}

/** Everything there is to say about one task. */
export function taskText(invocation: Invocation, task: TaskView, error: ExplainedError | undefined): string {
  const { out, world } = invocation;
  const { colours } = out;
  const now = world.now();
  const parts = [
    colours.bold(oneLine(task.title)),
    fields(out, [
      ['task', task.id],
      ['state', standing(task, now, stateColour(colours, task.state))],
      ...errorFields(invocation, error),
      ['dead because of', task.death],
      ['lane', task.lane],
      ['needs', orNone(task.needs.join(', '))],
      [
        'labels',
        orNone(
          Object.entries(task.labels)
            .map(([name, value]) => `${name}=${oneLine(value)}`)
            .join(', '),
        ),
      ],
      ['repository', task.repo === undefined ? undefined : oneLine(task.repo.url)],
      ['base', task.repo?.base],
      ['runner', preferredText(task.runner)],
      ['model', preferredText(task.model)],
      ['runs with', choiceText(task)],
      ['expected cost', routesText(task)],
      ['agent', task.agent],
      ['failed attempts', `${task.attemptsUsed} of ${task.maxAttempts}`],
      ['waits for', orNone(task.dependsOn.join('\n'))],
      ['starts from', task.parentBranch ?? (task.baseFromParent === true ? 'the branch of its parent' : undefined)],
      ['submitted', `${when(task.createdAt, now)} by ${callerOf(task, task.createdBy)}`],
      ['finished', task.finishedAt === undefined ? undefined : when(task.finishedAt, now)],
      ['progress', progressOf(task, now)],
      ['used', usageText(task.usage)],
      ['budget', budgetText(task)],
      ['branch', task.result?.branch],
      ['commit', task.result?.commit],
      ['pull request', task.result?.pullRequest === undefined ? undefined : oneLine(task.result.pullRequest)],
      ['no change', task.result?.noChange === undefined ? undefined : oneLine(task.result.noChange)],
      ['summary', orNone(printable(task.result?.summary ?? '').trim())],
      ['notes', notesText(task)],
      ['also changed by', overlapsText(task)],
      ['cancelled', task.cancel === undefined ? undefined : cancelText(task, task.cancel)],
    ]),
  ];
  const more = [
    promptText(out, task.prompt),
    answersText(out, task),
    task.question === undefined ? undefined : questionText(invocation, task.id, task.question),
    error?.output === undefined ? undefined : errorOutput(out, error.output),
    verificationText(out, task),
    task.attempts.length === 0 ? undefined : attemptsText(out, task, now),
    task.history.length === 0 ? undefined : historyTable(out, task, now),
    task.attempts.length === 0 ? undefined : colours.dim(`Output: ${invocation.hint(`task logs ${task.id}`)}`),
  ];
  return [...parts, ...more.filter((part) => part !== undefined)].join('\n\n');
}

/** A caller as people named it. */
function callerOf({ names = {} }: TaskView, by: string): string {
  return oneLine(Object.hasOwn(names, by) ? (names[by] ?? by) : by);
}

/** Beginning with the caller where one changed something. */
function detailOf(task: TaskView, detail: string): string {
  const [caller = '', ...rest] = detail.split(', ');
  return [callerOf(task, caller), ...rest].map(oneLine).join(', ');
}

export function cancelText(task: TaskView, { cause, reason, by }: NonNullable<TaskView['cancel']>): string {
  if (cause === 'parent_failed') return `because its parent was: ${oneLine(reason)}`;
  const why = reason === 'cancelled' || reason === 'discarded' ? '' : `: ${oneLine(reason)}`;
  return `${cause === 'discarded' ? 'discarded ' : ''}by ${callerOf(task, by)}${why}`;
}

/** The beginning; all of it is in the answer with `--json`. */
function promptText({ colours }: Output, prompt: string): string {
  const lines = printable(prompt).trim().split('\n');
  const shown = lines.slice(0, PROMPT_LINES).map((line) => `  ${line}`);
  const rest = lines.length - shown.length;
  const more = rest > 0 ? [colours.dim(`  … ${counted(rest, 'more line')} (use --json to see all)`)] : [];
  return [colours.dim('PROMPT'), ...shown, ...more].join('\n');
}

/** Whole: the end of the agent's output is in it. */
function errorOutput({ colours }: Output, output: string): string {
  return [colours.dim('LAST ERROR'), indented(output)].join('\n');
}

/** What happens when the present state ends by itself. */
const NEXT: Readonly<Partial<Record<ScheduledReason | TaskState, string>>> = {
  notBefore: 'starts',
  backoff: 'retries',
  rate_limited: 'continues when the usage limit resets,',
  assigned: 'goes back to the queue',
  working: 'times out',
  blocked: 'fails without an answer',
};

function standing(task: TaskView, now: number, colour: (text: string) => string): string {
  const next =
    task.until === undefined ? '' : `, ${NEXT[task.reason ?? task.state] ?? 'until'} ${ago(task.until, now)}`;
  return `${colour(task.state)}${next}`;
}

function progressOf({ progress }: TaskView, now: number): string | undefined {
  if (progress === undefined) return undefined;
  const share = progress.fraction === undefined ? '' : `${Math.round(progress.fraction * 100)} % `;
  return `${share}${oneLine(progress.note ?? '')} (${ago(progress.at, now)})`.trim();
}

function questionText(invocation: Invocation, id: string, question: NonNullable<TaskView['question']>): string {
  const { colours } = invocation.out;
  const lines = [`${colours.yellow('The agent asks:')} ${indented(question.question).trimStart()}`];
  if (question.context !== undefined) lines.push(indented(question.context));
  for (const choice of question.choices ?? []) lines.push(`  - ${oneLine(choice)}`);
  lines.push(colours.dim(invocation.hint(`task answer ${id} "…"`)));
  return lines.join('\n');
}

function historyTable(out: Output, task: TaskView, now: number): string {
  const rows = table(
    out,
    task.history,
    [
      { head: 'WHEN', of: (entry) => when(entry.at, now) },
      { head: 'WHAT', of: (entry) => entry.event.replaceAll('_', ' ') },
      { head: 'DETAIL', of: (entry) => detailOf(task, entry.detail ?? ''), stretch: true },
    ],
    '',
  );
  return rows + dropped(out, task.historyDropped);
}

function dropped(out: Output, count: number): string {
  return count === 0 ? '' : `\n${out.colours.dim(`and ${count} older`)}`;
}

function orNone(text: string): string | undefined {
  return text === '' ? undefined : text;
}

// The columns of the list of tasks, and which of them the address asks for.

import type { TaskSummary } from '@agentcom/schemas';
import type { ComponentChildren } from 'preact';
import { formatMoney } from '../../format.js';
import { texts } from '../../texts/common.js';
import { taskTexts } from '../../texts/tasks.js';
import { TaskChip } from '../../ui/chip.js';
import { Age, Moment } from '../../ui/time.js';
import { attemptText } from './attempt-text.js';
import { pullRequestName, repoName } from './repo-name.js';
import { detailOf, type RowDetail } from './row-detail.js';

export interface Column {
  readonly name: keyof typeof taskTexts.columns;
  /** As the list is sorted by it; undefined where it cannot be. */
  readonly sort?: string;
  /** Numbers are at the end of their column. */
  readonly isNumber?: true;
  /** Only where it is asked for. */
  readonly isExtra?: true;
  /** Left out where there is little room, and said below the title there. */
  readonly isWide?: true;
  readonly cell: (task: TaskSummary) => ComponentChildren;
}

export const COLUMNS: readonly Column[] = [
  { name: 'state', sort: 'state', cell: ({ state }) => <TaskChip state={state} /> },
  { name: 'title', sort: 'title', cell: (task) => <TitleCell task={task} /> },
  { name: 'lane', sort: 'lane', isWide: true, cell: ({ lane }) => texts.shell.lanes[lane] },
  { name: 'agent', sort: 'agent', isWide: true, cell: ({ agent }) => agent ?? <None /> },
  {
    name: 'repo',
    sort: 'repo',
    isWide: true,
    cell: ({ repo }) => (repo === undefined ? <None /> : <span title={repo.url}>{repoName(repo.url)}</span>),
  },
  {
    name: 'runner',
    isExtra: true,
    isWide: true,
    cell: ({ choice, runner }) => choice?.runner ?? listed(runner) ?? <None />,
  },
  {
    name: 'model',
    isExtra: true,
    isWide: true,
    cell: ({ choice, model }) => choice?.model ?? listed(model) ?? <None />,
  },
  {
    name: 'pr',
    isExtra: true,
    isWide: true,
    cell: ({ pullRequest }) =>
      pullRequest === undefined ? (
        <None />
      ) : (
        <a href={pullRequest} title={pullRequest} target="_blank" rel="noreferrer">
          {pullRequestName(pullRequest)}
        </a>
      ),
  },
  {
    name: 'attempts',
    sort: 'attempts',
    isNumber: true,
    isWide: true,
    cell: attemptText,
  },
  { name: 'cost', sort: 'cost', isNumber: true, isWide: true, cell: (task) => <Cost task={task} /> },
  { name: 'submitted', isExtra: true, isWide: true, cell: ({ createdAt }) => <Moment at={createdAt} /> },
  {
    name: 'ended',
    sort: 'ended',
    isExtra: true,
    isWide: true,
    cell: ({ finishedAt }) => (finishedAt === undefined ? <None /> : <Moment at={finishedAt} />),
  },
  { name: 'age', sort: 'age', isNumber: true, cell: (task) => <Running task={task} /> },
];

/** By the names in `cols`, separated by commas; those that are usual without. The title is always there. */
export function columnsIn(cols: string | undefined): readonly Column[] {
  if (cols === undefined) return COLUMNS.filter(({ isExtra }) => isExtra !== true);
  const names = new Set(['title', ...cols.split(',')]);
  return COLUMNS.filter(({ name }) => names.has(name));
}

/** What the address says of these: nothing when they are the usual ones. */
export function colsOf(names: ReadonlySet<string>): string | undefined {
  const cols = COLUMNS.filter(({ name }) => names.has(name)).map(({ name }) => name);
  const usual = columnsIn(undefined).map(({ name }) => name);
  return cols.join() === usual.join() ? undefined : cols.join();
}

function listed(names: string | readonly string[] | undefined): string | undefined {
  return typeof names === 'string' ? names : names?.join(', ');
}

function None() {
  return <span class="muted">{texts.none}</span>;
}

function TitleCell({ task }: { readonly task: TaskSummary }) {
  const { title, labels, agent, repo, lane } = task;
  const beside = [agent, repo && repoName(repo.url), lane === 'normal' ? undefined : texts.shell.lanes[lane]];
  const detail = detailOf(task);
  return (
    <>
      <span class="title-line">
        <span class="title">{title}</span>{' '}
        {detail && (
          <span class="muted detail wide-line" title={detail.text}>
            <Detail {...detail} />
          </span>
        )}{' '}
        <span class="tags">
          {Object.entries(labels).map(([name, value]) => (
            <span class="tag" key={name} title={`${name}=${value}`}>
              {name}={value}
            </span>
          ))}
        </span>
      </span>{' '}
      <span class="narrow-only muted">
        {texts.states[task.state]}
        {detail && (
          <>
            {' · '}
            <Detail {...detail} />
          </>
        )}
        {beside.filter(Boolean).map((part) => ` · ${part}`)}
      </span>
    </>
  );
}

function Detail({ text, next, until }: RowDetail) {
  if (next === undefined || until === undefined) return <>{text}</>;
  return (
    <>
      {text} · {next} <Moment at={until} />
    </>
  );
}

function Cost({ task: { usage, budget } }: { readonly task: TaskSummary }) {
  if (usage?.costMicros === undefined) return <None />;
  const cost = formatMoney(usage.costMicros, usage.currency);
  const limit = budget?.costMicros;
  return limit === undefined ? cost : taskTexts.costOf(cost, formatMoney(limit, usage.currency));
}

/** How long it runs while it does, how old it is otherwise. */
function Running({ task: { state, startedAt, createdAt } }: { readonly task: TaskSummary }) {
  const isRunning = (state === 'working' || state === 'blocked') && startedAt !== undefined;
  return <Age at={isRunning ? startedAt : createdAt} />;
}

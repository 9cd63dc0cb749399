// The head of a task: state, why, who works on it where, what it has cost, and what can be done about it.

import type { LiveTask, LiveTaskTexts, LiveTaskWhy, UsageTotal } from '@agentcom/schemas';
import type { ComponentChildren } from 'preact';
import { formatCount, formatMoney } from '../../format.js';
import { may } from '../../session.js';
import { texts as common } from '../../texts/common.js';
import { taskPageTexts as texts } from '../../texts/task.js';
import { taskTexts } from '../../texts/tasks.js';
import { Chip, TaskChip } from '../../ui/chip.js';
import { Icon, type IconName } from '../../ui/icon.js';
import { Age, Moment } from '../../ui/time.js';
import { attemptText } from '../tasks/attempt-text.js';
import { repoName } from '../tasks/repo-name.js';
import { ResultPart } from './result-part.js';
import { TaskActions } from './task-actions.js';

const WHY_ICONS: Readonly<Partial<Record<LiveTask['state'], IconName>>> = {
  dead: 'alert',
  completed: 'done',
  cancelled: 'cancelled',
};

interface TaskHeadProps {
  readonly id: string;
  readonly task: LiveTask;
  readonly written: LiveTaskTexts | undefined;
  readonly why: LiveTaskWhy | undefined;
}

export function TaskHead({ id, task, written, why }: TaskHeadProps) {
  const { title, state, progress } = task;
  const isWorking = state === 'working' || state === 'assigned';
  return (
    <header class="task-head">
      <div class="task-title">
        <TaskChip state={state} />
        <h1>{title}</h1>
        <TaskActions id={id} task={task} written={written} />
      </div>
      {isWorking && progress !== undefined && (
        <p class="task-progress">
          {progress.fraction !== undefined && (
            <progress value={progress.fraction} max={1} aria-label={texts.progress} />
          )}
          {progress.note}
          <span class="muted">
            <Age at={progress.at} />
          </span>
        </p>
      )}
      {why !== undefined && !isWorking && why.reasons.length > 0 && (
        <ul class="task-why" aria-label={taskTexts.why}>
          {why.reasons.map(({ code, message, until, task: other }) => (
            <li key={code + message}>
              <Icon name={WHY_ICONS[state] ?? 'waiting'} size={14} />
              <span>
                {message}
                {until !== undefined && (
                  <span class="muted">
                    {' '}
                    (<Moment at={until} />)
                  </span>
                )}
                {other !== undefined && other !== id && (
                  <>
                    {' '}
                    <a href={`/tasks/${other}`}>{texts.see}</a>
                  </>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
      {task.result !== undefined && <ResultPart {...task.result} />}
      <Facts task={task} />
    </header>
  );
}

function Facts({ task }: { readonly task: LiveTask }) {
  const { agent, repo, result, createdAt, createdBy, needs, labels, lane, dependsOn } = task;
  const runs = task.attempts.at(-1)?.session ?? task.choice;
  const facts: readonly (readonly [string, ComponentChildren])[] = [
    [texts.facts.agent, agent && <AgentLink name={agent} />],
    [texts.facts.model, runs && [runs.runner, runs.model].filter(Boolean).join(' · ')],
    [taskTexts.columns.repo, repo && <span title={repo.url}>{repoName(repo.url)}</span>],
    [texts.facts.branch, result?.branch && <code>{result.branch}</code>],
    [texts.facts.pullRequest, result?.pullRequest && <PullRequest url={result.pullRequest} />],
    [texts.facts.checks, result?.verification && <Checks runs={result.verification} />],
    [texts.facts.cost, costOf(task)],
    [texts.facts.tokens, tokensOf(task)],
    [texts.facts.attempt, attemptText(task)],
    [taskTexts.columns.lane, lane === 'normal' ? undefined : common.shell.lanes[lane]],
    [texts.facts.needs, needs.length > 0 ? needs.join(', ') : undefined],
    [texts.facts.labels, labelsOf(labels)],
    [texts.facts.after, dependsOn.length > 0 ? <Parents ids={dependsOn} /> : undefined],
    [
      texts.facts.submitted,
      <>
        <Moment at={createdAt} /> {texts.facts.by(nameOf(createdBy, task.names))}
      </>,
    ],
  ];
  return (
    <dl class="task-facts">
      {facts.map(
        ([name, value]) =>
          value !== undefined &&
          value !== '' && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

/** A key by the name that it was given. */
export function nameOf(by: string, names: LiveTask['names']): string {
  return (names && Object.hasOwn(names, by) ? names[by] : undefined) ?? by;
}

function AgentLink({ name }: { readonly name: string }) {
  return may('agents.read') ? <a href={`/agents?peek=${encodeURIComponent(name)}`}>{name}</a> : <span>{name}</span>;
}

function PullRequest({ url }: { readonly url: string }) {
  // Only what leads to a page: the address is of an agent.
  if (!/^https?:\/\//.test(url)) return <>{url}</>;
  return (
    <a href={url} target="_blank" rel="noreferrer">
      {url.replace(/^https?:\/\//, '')}
    </a>
  );
}

function Checks({ runs }: { readonly runs: NonNullable<NonNullable<LiveTask['result']>['verification']> }) {
  const passed = runs.filter(({ exitCode }) => exitCode === 0).length;
  const isFine = passed === runs.length;
  return (
    <Chip tone={isFine ? 'good' : 'bad'} icon={isFine ? 'done' : 'dead'}>
      {texts.checks(passed, runs.length)}
    </Chip>
  );
}

function Parents({ ids }: { readonly ids: readonly string[] }) {
  return (
    <>
      {ids.map((id, i) => (
        <>
          {i > 0 && ', '}
          <a key={id} href={`/tasks/${id}`}>
            <code>{id.slice(-8)}</code>
          </a>
        </>
      ))}
    </>
  );
}

function labelsOf(labels: LiveTask['labels']): ComponentChildren {
  const all = Object.entries(labels);
  if (all.length === 0) return undefined;
  return all.map(([name, value]) => (
    <span class="tag" key={name}>
      {name}={value}
    </span>
  ));
}

/** What nobody knows is not nothing. */
function costOf({ usage, budget }: LiveTask): string | undefined {
  const limit = budget?.costMicros === undefined ? undefined : formatMoney(budget.costMicros, usage?.currency);
  if (usage?.costMicros === undefined) return limit && texts.unknownCost(limit);
  const costs = [{ costMicros: usage.costMicros, currency: usage.currency }, ...(usage.otherCosts ?? [])];
  const cost = costs.map(({ costMicros, currency }) => formatMoney(costMicros, currency)).join(' + ');
  return limit === undefined ? cost : texts.costOf(cost, limit);
}

function tokensOf({ usage, budget }: LiveTask): string | undefined {
  const used = tokens(usage);
  if (used === undefined) return undefined;
  return budget?.tokens === undefined
    ? formatCount(used)
    : texts.tokensOf(formatCount(used), formatCount(budget.tokens));
}

function tokens({ inputTokens, outputTokens }: Partial<UsageTotal> = {}): number | undefined {
  return inputTokens === undefined && outputTokens === undefined ? undefined : (inputTokens ?? 0) + (outputTokens ?? 0);
}

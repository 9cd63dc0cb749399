// The attempts at a task as people read them: who, with what, for how much, and what became of each.

import type { TaskView } from '@agentcom/schemas';
import { branchName } from '@agentcom/sidecar/core/git-policy';
import { table } from './layout.js';
import type { Output } from './output.js';
import { errorLine } from './show-error.js';
import { ago, duration, oneLine } from './text.js';
import { amount, money } from './usage-text.js';

type Attempt = TaskView['attempts'][number];

export function attemptsText(out: Output, task: TaskView, now: number): string {
  const withRunner = task.attempts.some(({ session }) => session !== undefined);
  const withCost = task.attempts.some(({ usage }) => usage !== undefined);
  const rows = table(
    out,
    task.attempts,
    [
      { head: 'ATTEMPT', of: ({ generation }) => `g${generation}` },
      { head: 'AGENT', of: ({ agent }) => agent },
      ...(withRunner
        ? [
            { head: 'RUNNER', of: ({ session }: Attempt) => session?.runner ?? '-' },
            { head: 'MODEL', of: ({ session }: Attempt) => session?.model ?? '-' },
          ]
        : []),
      { head: 'STARTED', of: ({ startedAt }) => ago(startedAt, now) },
      { head: 'TOOK', of: (attempt) => took(attempt, now) },
      ...(withCost ? [{ head: 'USED', of: used }] : []),
      { head: 'OUTCOME', of: (attempt) => outcome(attempt, task), stretch: true },
    ],
    '',
  );
  const details = task.attempts.flatMap((attempt) => detailsOf(attempt, task).map((line) => out.colours.dim(line)));
  return [rows, ...older(out, task.attemptsDropped), ...details].join('\n');
}

function took(attempt: Attempt, now: number): string {
  const end = attempt.endedAt === undefined ? now : Date.parse(attempt.endedAt);
  return duration(Math.max(0, end - Date.parse(attempt.startedAt)));
}

function used({ usage }: Attempt): string {
  if (usage === undefined) return '-';
  if (usage.costMicros !== undefined) return money(usage.costMicros, usage.currency);
  const tokens = (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0);
  return tokens === 0 ? '-' : `${amount(tokens)} tokens`;
}

function outcome({ error, endedAt, halt, limit }: Attempt, task: TaskView): string {
  if (error !== undefined) return errorLine(error);
  if (halt !== undefined) return `halted: ${oneLine(halt.reason)}`;
  if (limit !== undefined) return `stopped by the spend limit of ${oneLine(limit)}`;
  if (endedAt === undefined) return task.state;
  return task.state === 'completed' ? 'completed' : 'ended';
}

/** What is needed to go on with the work by hand, a line each. */
function detailsOf(attempt: Attempt, task: TaskView): string[] {
  const { generation, session, salvageRef, branch, pullRequest } = attempt;
  const unconfirmed = unconfirmedBranch(attempt, task);
  return [
    ...(session === undefined ? [] : [`g${generation} session ${oneLine(session.id)}`]),
    ...(salvageRef === undefined ? [] : [`g${generation} kept unfinished work as ${oneLine(salvageRef)}`]),
    ...(branch === undefined ? [] : [`g${generation} pushed the branch ${oneLine(branch)}, which is not the result`]),
    ...(unconfirmed === undefined ? [] : [`g${generation} may have left a branch at the remote: ${unconfirmed}`]),
    ...(pullRequest === undefined ? [] : [`g${generation} opened ${oneLine(pullRequest)}`]),
  ];
}

/** Ends of attempts after which nobody has said what was pushed. */
const UNCONFIRMED: ReadonlySet<string> = new Set(['agent.offline', 'agent.lost_task', 'git.push_unconfirmed']);

/** As its sidecar names it, unless the remote had a branch in its way. */
function unconfirmedBranch(
  { agent, generation, branch, error, leftConfirmed }: Attempt,
  task: TaskView,
): string | undefined {
  if (task.repo === undefined || branch !== undefined || leftConfirmed === true || !UNCONFIRMED.has(error?.code ?? ''))
    return undefined;
  return branchName(agent, { task: task.id, generation }, task.title);
}

function older(out: Output, count: number): string[] {
  return count === 0 ? [] : [out.colours.dim(`and ${count} older`)];
}

// The attempts at a task as people read them: who, with what, for how much, and what became of each.

import type { TaskView } from '@agentcom/schemas';
import { table } from './layout.js';
import type { Output } from './output.js';
import { ago, duration, firstLine, oneLine } from './text.js';
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
  const details = task.attempts.flatMap((attempt) => detailsOf(attempt).map((line) => out.colours.dim(line)));
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

function outcome({ error, endedAt }: Attempt, task: TaskView): string {
  if (error !== undefined) return `${error.class} ${error.code}: ${firstLine(error.message)}`;
  if (endedAt === undefined) return task.state;
  return task.state === 'completed' ? 'completed' : 'ended';
}

/** What is needed to go on with the work by hand, a line each. */
function detailsOf({ generation, session, salvageRef, branch, pullRequest }: Attempt): string[] {
  return [
    ...(session === undefined ? [] : [`g${generation} session ${oneLine(session.id)}`]),
    ...(salvageRef === undefined ? [] : [`g${generation} kept unfinished work as ${oneLine(salvageRef)}`]),
    ...(branch === undefined ? [] : [`g${generation} pushed the branch ${oneLine(branch)}, which is not the result`]),
    ...(pullRequest === undefined ? [] : [`g${generation} opened ${oneLine(pullRequest)}`]),
  ];
}

function older(out: Output, count: number): string[] {
  return count === 0 ? [] : [out.colours.dim(`and ${count} older`)];
}

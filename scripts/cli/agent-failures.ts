// The last attempts of an agent that failed, from the tasks that it had last.

import type { TaskView } from '@agentcom/schemas';
import type { HubClient } from './client.js';
import { shortIds } from './ids.js';
import type { Invocation } from './invocation.js';
import { table } from './layout.js';
import { ago, firstLine } from './text.js';

/** Tasks that are looked at, and failures that are shown. */
const TASKS = 20;
const SHOWN = 5;

export interface Failure {
  readonly task: string;
  readonly attempt: TaskView['attempts'][number];
}

/** Newest first, of what one page of its tasks has. Empty where the caller may not see these. */
export async function lastFailures(client: HubClient, agent: string): Promise<readonly Failure[]> {
  const page = await client.call('task.list', { query: { agent, limit: TASKS } }).catch(() => undefined);
  const candidates = page?.items.filter(({ attemptsUsed, state }) => attemptsUsed > 0 || state === 'dead') ?? [];
  const tasks = await Promise.all(
    candidates.slice(0, SHOWN).map(({ id }) => client.call('task.show', { path: { id } }).catch(() => undefined)),
  );
  return tasks
    .flatMap((task) => task?.attempts.map((attempt) => ({ task: task.id, attempt })) ?? [])
    .filter(({ attempt }) => attempt.agent === agent && attempt.error !== undefined)
    .sort((a, b) => (endOf(a) < endOf(b) ? 1 : -1))
    .slice(0, SHOWN);
}

export function failuresText({ out, world }: Invocation, failures: readonly Failure[]): string {
  const short = shortIds(failures.map(({ task }) => task));
  return table(
    out,
    failures,
    [
      { head: 'FAILED', of: (failure) => ago(endOf(failure), world.now()) },
      { head: 'TASK', of: ({ task }) => short(task) },
      {
        head: 'ERROR',
        of: ({ attempt: { error } }) => (error === undefined ? '' : `${error.code}: ${firstLine(error.message)}`),
        stretch: true,
      },
    ],
    '',
  );
}

function endOf({ attempt }: Failure): string {
  return attempt.endedAt ?? attempt.startedAt;
}

// `agentcom task cancel`: some tasks by their ids, or all that a filter selects.

import type { TaskListQuery, TaskSummary } from '@agentcom/schemas';
import type { Command } from 'commander';
import { allPages } from '../all-pages.js';
import { type Changed, changedOrAlready, changedText } from '../already.js';
import type { HubClient } from '../client.js';
import { EXIT, usageError } from '../exit.js';
import { taskIds } from '../ids.js';
import type { Cli, Invocation } from '../invocation.js';
import { withExamples } from '../options.js';
import { withProgress } from '../progress.js';
import { taskTable } from '../show-task.js';
import { type BatchVerb, changeAll, isConfirmed } from '../task-batch.js';
import { ownOrAll, type TaskFilterFlags, taskFilterOf, withStateFilter, withTaskFilter } from '../task-filter.js';
import { ID } from './task-result.js';

const CANCEL: BatchVerb = { base: 'cancel', past: 'cancelled', going: 'cancelling' };

interface CancelFlags extends TaskFilterFlags {
  readonly reason?: string;
  readonly yes?: boolean;
}

type CancelBody = Pick<CancelFlags, 'reason'>;

export function defineCancel(task: Command, cli: Cli): void {
  const command = withTaskFilter(
    withStateFilter(
      task
        .command('cancel')
        .description('cancel tasks in any state')
        .argument('[ids...]', `${ID}; omit it to select tasks by options`),
    ),
  )
    .option('--reason <text>', 'the reason, shown in the history')
    .option('-y, --yes', 'do not ask before cancelling the selected tasks');
  withExamples(
    command,
    'agentcom task cancel 4e5f6a7b --reason "no longer needed"',
    'agentcom task cancel --label team=web --state queued,waiting --yes',
    'agentcom task cancel 7b3c4d5e 4e5f6a7b',
  ).action(
    cli.act(async (invocation: Invocation, given: readonly string[], flags: CancelFlags) => {
      const { out, world } = invocation;
      const filter = taskFilterOf('tasks', flags, world.now());
      const isFiltered = Object.keys(filter).length > 0;
      if (given.length > 0 === isFiltered)
        throw usageError(isFiltered ? 'give either tasks or a filter, not both' : 'name a task or a filter');
      const body = flags.reason === undefined ? {} : { reason: flags.reason };
      const client = await invocation.client();
      const cancel = (id: string) => cancelled(client, id, body);
      if (given.length > 0) {
        const ids = await taskIds(client, given);
        const [only] = ids;
        if (ids.length > 1 || only === undefined) return changeAll(invocation, CANCEL, ids, cancel);
        const changed = await cancel(only);
        out.answer(changed.task, () => changedText(changed));
        return undefined;
      }
      const own = ownOrAll(filter, false);
      const selected = await withProgress(invocation, 'selecting tasks', () => openTasks(client, own));
      if (selected.length === 0 && !out.json) {
        out.note('No open tasks match; nothing was cancelled.');
        return undefined;
      }
      const tableOf = (some: readonly TaskSummary[]) => taskTable(out, some, world.now());
      if (selected.length > 0 && flags.yes !== true && !(await isConfirmed(invocation, CANCEL, selected, tableOf)))
        return EXIT.failed;
      return changeAll(
        invocation,
        CANCEL,
        selected.map(({ id }) => id),
        cancel,
      );
    }),
  );
}

function cancelled(client: HubClient, id: string, body: CancelBody): Promise<Changed> {
  return changedOrAlready(client, id, ['cancelled'], () => client.call('task.cancel', { path: { id }, body }));
}

/** What has completed or was cancelled cannot be cancelled. */
async function openTasks(client: HubClient, filter: TaskListQuery): Promise<TaskSummary[]> {
  const tasks = await allPages((page) => client.call('task.list', { query: { ...filter, ...page } }));
  return tasks.filter(({ state }) => state !== 'completed' && state !== 'cancelled');
}

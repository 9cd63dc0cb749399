// `agentcom task cancel`: some tasks by their ids, or all that a filter selects.

import { TASK_STATES } from '@agentcom/schemas/names';
import type { Command } from 'commander';
import { type Changed, changedOrAlready, changedText } from '../already.js';
import type { HubClient } from '../client.js';
import { EXIT, usageError } from '../exit.js';
import { taskIds } from '../ids.js';
import type { Cli, Invocation } from '../invocation.js';
import { withExamples } from '../options.js';
import { taskTable } from '../show-task.js';
import { actOnMatching, countOf, isConfirmed, SHOWN } from '../task-action.js';
import { type BatchVerb, changeAll } from '../task-batch.js';
import { ownOrAll, type TaskFilterFlags, taskFilterOf, withStateFilter, withTaskFilter } from '../task-filter.js';
import { ID } from './task-result.js';

/** What has completed or was cancelled cannot be cancelled. */
const OPEN = TASK_STATES.filter((state) => state !== 'completed' && state !== 'cancelled');
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
    'agentcom task cancel --query "repo:api age:>1d" --reason "obsolete" --yes',
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
      const action = { action: 'cancel', ...filter, ...body } as const;
      const none = 'No open tasks match; nothing was cancelled.';
      if (flags.yes !== true) {
        const count = await countOf(client, action);
        const shown = async () => {
          const query = { state: OPEN, ...ownOrAll(filter, false), limit: SHOWN };
          const { items } = await client.call('task.list', { query });
          return taskTable(out, items, world.now());
        };
        if (count === 0 && !out.json) {
          out.note(none);
          return undefined;
        }
        if (count > 0 && !(await isConfirmed(invocation, CANCEL, count, shown))) return EXIT.failed;
      }
      return actOnMatching(invocation, client, CANCEL, action, async () => none);
    }),
  );
}

function cancelled(client: HubClient, id: string, body: CancelBody): Promise<Changed> {
  return changedOrAlready(client, id, ['cancelled'], () => client.call('task.cancel', { path: { id }, body }));
}

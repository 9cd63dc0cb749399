// `agentcom task move`: to another lane, some tasks by their ids, or all that a filter selects.

import type { LaneMove, TaskActionBody } from '@agentcom/schemas';
import { LANE_MOVES } from '@agentcom/schemas/names';
import { type Command, Option } from 'commander';
import { usageError } from '../exit.js';
import { taskIds } from '../ids.js';
import type { Cli, Invocation } from '../invocation.js';
import { withExamples } from '../options.js';
import { actOnMatching } from '../task-action.js';
import type { BatchVerb } from '../task-batch.js';
import { type TaskFilterFlags, taskFilterOf, withStateFilter, withTaskFilter } from '../task-filter.js';
import { ID } from './task-result.js';

const MOVE: BatchVerb = { base: 'move', past: 'moved', going: 'moving' };

interface MoveFlags extends TaskFilterFlags {
  readonly toLane: LaneMove;
}

export function defineMove(task: Command, cli: Cli): void {
  const command = withTaskFilter(
    withStateFilter(
      task
        .command('move')
        .description('move tasks to another lane; an attempt that is under way goes on')
        .argument('[ids...]', `${ID}; omit it to select tasks by options`),
    ),
  ).addOption(
    new Option('--to-lane <lane>', 'this lane, or one step up or down').choices(LANE_MOVES).makeOptionMandatory(),
  );
  withExamples(
    command,
    'agentcom task move 4e5f6a7b --to-lane urgent',
    'agentcom task move --label team=docs --state queued --to-lane down',
  ).action(
    cli.act(async (invocation: Invocation, given: readonly string[], { toLane, ...flags }: MoveFlags) => {
      const filter = taskFilterOf('tasks', flags, invocation.world.now());
      const isFiltered = Object.keys(filter).length > 0;
      if (given.length > 0 === isFiltered)
        throw usageError(isFiltered ? 'give either tasks or a filter, not both' : 'name a task or a filter');
      const client = await invocation.client();
      const which = isFiltered ? filter : { tasks: [...(await taskIds(client, given))] };
      const body: TaskActionBody = { action: 'lane', to: toLane, ...which };
      return actOnMatching(invocation, client, MOVE, body, async () => 'No open tasks match; nothing was moved.');
    }),
  );
}

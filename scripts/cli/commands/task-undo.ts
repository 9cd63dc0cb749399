// `agentcom task undo`: what a change of many tasks has done is taken back.

import type { Command } from 'commander';
import type { Cli, Invocation } from '../invocation.js';
import { operationId } from '../operations.js';
import { withExamples } from '../options.js';
import { followAction } from '../task-action.js';
import type { BatchVerb } from '../task-batch.js';

const UNDO: BatchVerb = { base: 'put back', past: 'put back', going: 'putting back' };

export function defineUndo(task: Command, cli: Cli): void {
  const command = task
    .command('undo')
    .description('undo a move to another lane or a requeue; tasks that have changed since stay as they are')
    .argument('<operation>', 'its id, or the beginning or end of it; `agentcom operation list` shows it');
  withExamples(command, 'agentcom task undo 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b').action(
    cli.act(async (invocation: Invocation, given: string) => {
      const client = await invocation.client();
      const id = await operationId(client, given);
      const begin = () => client.call('operation.undo', { path: { id }, body: {} });
      return followAction(invocation, client, UNDO, begin, async () => 'Nothing was left to undo.');
    }),
  );
}

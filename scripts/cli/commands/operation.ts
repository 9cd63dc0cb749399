// `agentcom operation …`: what the hub does in the background, as far as you may begin such, and the way to stop it.

import type { Command } from 'commander';
import type { Cli, Invocation } from '../invocation.js';
import { operationId } from '../operations.js';
import { type PagingFlags, pagingOf, withExamples, withPaging } from '../options.js';
import { nextPage } from '../output.js';
import { operationsText } from '../show-operation.js';

export function defineOperation(command: Command, cli: Cli): void {
  addList(command, cli);
  addStop(command, cli);
}

function addList(operation: Command, cli: Cli): void {
  const command = withPaging(
    operation
      .command('list')
      .description('list changes of many tasks, and what you may do to the hub itself, the newest first'),
  );
  withExamples(command, 'agentcom operation list', 'agentcom operation list --json').action(
    cli.act(async (invocation: Invocation, flags: PagingFlags) => {
      const page = await (await invocation.client()).call('operation.list', { query: pagingOf(flags) });
      invocation.out.answer(page, () => operationsText(invocation, page.items) + nextPage(page));
      const undoable = page.items.find(({ undo }) => undo !== undefined);
      if (undoable !== undefined && !invocation.out.json)
        invocation.out.note(`To undo one of them, run \`${invocation.hint('task undo OPERATION')}\`.`);
      return undefined;
    }),
  );
}

function addStop(operation: Command, cli: Cli): void {
  const command = operation
    .command('stop')
    .description('stop one that runs or waits; what is done stays done')
    .argument('<operation>', 'its id, or the beginning or end of it');
  withExamples(command, 'agentcom operation stop 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b').action(
    cli.act(async (invocation: Invocation, given: string) => {
      const client = await invocation.client();
      const stopped = await client.call('operation.stop', { path: { id: await operationId(client, given) }, body: {} });
      invocation.out.answer(stopped, () => operationsText(invocation, [stopped]));
      return undefined;
    }),
  );
}

// `agentcom compact`: has the hub take a snapshot and erase what that makes superfluous.

import type { Command } from 'commander';
import type { Cli, Invocation } from '../invocation.js';
import { endOf, failureOf } from '../operations.js';
import { withExamples } from '../options.js';
import { bytes } from '../text.js';

export function defineCompact(command: Command, cli: Cli): void {
  withExamples(command, 'agentcom compact').action(
    cli.act(async (invocation: Invocation) => {
      const client = await invocation.client();
      const ended = await endOf(invocation, client, 'compacting', () => client.call('compaction.create', { body: {} }));
      const { compacted } = ended;
      if (ended.state !== 'done' || compacted === undefined) throw await failureOf('operation.failed', ended);
      const { bytesBefore, bytesAfter } = compacted;
      invocation.out.answer(
        compacted,
        () => `The journal and its snapshots take ${bytes(bytesAfter)}; before it was ${bytes(bytesBefore)}.`,
      );
      return undefined;
    }),
  );
}

// `agentcom channel …`: the channels in which agents write to each other.

import type { Channel } from '@agentcom/schemas';
import type { Command } from 'commander';
import type { Cli, Invocation } from '../invocation.js';
import { type Column, table } from '../layout.js';
import { type PagingFlags, pagingOf, withExamples, withPaging } from '../options.js';
import { nextPage } from '../output.js';
import { messagesText } from '../show-messages.js';
import { ago } from '../text.js';

export function defineChannel(command: Command, cli: Cli): void {
  addList(command, cli);
  addHistory(command, cli);
}

function addList(channel: Command, cli: Cli): void {
  const command = withPaging(
    channel.command('list').description('list channels by name, with their members and when somebody last wrote'),
  );
  withExamples(command, 'agentcom channel list').action(
    cli.act(async (invocation: Invocation, flags: PagingFlags) => {
      const page = await (await invocation.client()).call('channel.list', { query: pagingOf(flags) });
      const now = invocation.world.now();
      invocation.out.answer(page, () => {
        const columns: readonly Column<Channel>[] = [
          { head: 'CHANNEL', of: ({ name }) => name },
          {
            head: 'LAST MESSAGE',
            of: ({ lastMessage }) => (lastMessage === undefined ? '' : ago(lastMessage.sentAt, now)),
          },
          { head: 'MEMBERS', of: ({ members }) => members.join(', '), stretch: true },
        ];
        return table(invocation.out, page.items, columns, 'no channels') + nextPage(page);
      });
      return undefined;
    }),
  );
}

function addHistory(channel: Command, cli: Cli): void {
  const command = withPaging(
    channel
      .command('history')
      .description('show the messages of a channel, newest first')
      .argument('<channel>', 'its name'),
  );
  withExamples(command, 'agentcom channel history builds').action(
    cli.act(async (invocation: Invocation, name: string, flags: PagingFlags) => {
      const client = await invocation.client();
      const page = await client.call('channel.messages', { path: { name }, query: pagingOf(flags) });
      const now = invocation.world.now();
      invocation.out.answer(page, () => messagesText(invocation.out, page.items, now) + nextPage(page));
      return undefined;
    }),
  );
}

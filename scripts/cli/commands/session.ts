// `agentcom session …`: where the caller is signed in with a browser, and an end to it.

import type { SessionView } from '@agentcom/schemas';
import type { Command } from 'commander';
import { allPages } from '../all-pages.js';
import { listedOne } from '../ids.js';
import type { Cli, Invocation } from '../invocation.js';
import { table } from '../layout.js';
import { type PagingFlags, pagingOf, withExamples, withPaging } from '../options.js';
import { nextPage } from '../output.js';
import { ago } from '../text.js';

const ID = '019a8f6c-0000-7000-8000-000000000001';

export function defineSession(command: Command, cli: Cli): void {
  addList(command, cli);
  addRevoke(command, cli);
}

function addList(session: Command, cli: Cli): void {
  const command = withPaging(session.command('list').description('list browsers signed in by your key, oldest first'));
  withExamples(command, 'agentcom session list').action(
    cli.act(async (invocation: Invocation, flags: PagingFlags) => {
      const { out, world } = invocation;
      const page = await (await invocation.client()).call('session.list', { query: pagingOf(flags) });
      const now = world.now();
      out.answer(
        page,
        () =>
          table<SessionView>(
            out,
            page.items,
            [
              { head: 'ID', of: ({ id }) => id },
              { head: 'USED', of: ({ lastUsedAt }) => ago(lastUsedAt, now) },
              { head: 'ENDS', of: ({ expiresAt }) => ago(expiresAt, now) },
              { head: 'FROM', of: ({ address, userAgent = '' }) => `${address} ${userAgent}`, stretch: true },
            ],
            'nobody is signed in by this key; `agentcom login` prints a link',
          ) + nextPage(page),
      );
      return undefined;
    }),
  );
}

function addRevoke(session: Command, cli: Cli): void {
  const command = session
    .command('revoke')
    .description('sign a browser out, with immediate effect')
    .argument('<id>', 'id of the session, or the beginning or end of it');
  withExamples(command, `agentcom session revoke ${ID}`).action(
    cli.act(async (invocation: Invocation, given: string) => {
      const client = await invocation.client();
      const open = await allPages((page) => client.call('session.list', { query: page }));
      const { id } = listedOne('session', given, open);
      await client.call('session.end', { path: { id } });
      invocation.out.answer({ revoked: id }, () => `Revoked session ${id}.`);
      return undefined;
    }),
  );
}

// `agentcom session …`: where the caller, or a member, is signed in with a browser, and an end to it.

import type { SessionView } from '@agentcom/schemas';
import type { Command } from 'commander';
import { allPages } from '../all-pages.js';
import type { HubClient } from '../client.js';
import { usageError } from '../exit.js';
import { listedOne } from '../ids.js';
import type { Cli, Invocation } from '../invocation.js';
import { table } from '../layout.js';
import { memberOf, WHO } from '../member-of.js';
import { type PagingFlags, pagingOf, withExamples, withPaging } from '../options.js';
import { nextPage } from '../output.js';
import { ago } from '../text.js';

const ID = '019a8f6c-0000-7000-8000-000000000001';

interface MemberFlag {
  readonly member?: string;
}

export function defineSession(command: Command, cli: Cli): void {
  addList(command, cli);
  addRevoke(command, cli);
}

function addList(session: Command, cli: Cli): void {
  const command = withPaging(
    session
      .command('list')
      .description('list browsers signed in by your key, or where a member is signed in, oldest first')
      .option('--member <member>', WHO),
  );
  withExamples(command, 'agentcom session list', 'agentcom session list --member ada@example.org').action(
    cli.act(async (invocation: Invocation, { member: given, ...flags }: PagingFlags & MemberFlag) => {
      const { out, world } = invocation;
      const client = await invocation.client();
      const query = pagingOf(flags);
      const member = given === undefined ? undefined : await memberOf(client, given);
      const page =
        member === undefined
          ? await client.call('session.list', { query })
          : await client.call('member.sessions', { path: { id: member.id }, query });
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
            member === undefined
              ? 'nobody is signed in by this key; `agentcom login` prints a link'
              : `${member.email} is not signed in here`,
          ) + nextPage(page),
      );
      return undefined;
    }),
  );
}

function addRevoke(session: Command, cli: Cli): void {
  const command = session
    .command('revoke')
    .description('sign a browser out, or a member everywhere, with immediate effect')
    .argument('[id]', 'id of the session, or the beginning or end of it; without it, all of the member')
    .option('--member <member>', WHO);
  withExamples(command, `agentcom session revoke ${ID}`, 'agentcom session revoke --member ada@example.org').action(
    cli.act(async (invocation: Invocation, given: string | undefined, { member: whose }: MemberFlag) => {
      const client = await invocation.client();
      if (whose !== undefined) return revokeOfMember(invocation, client, whose, given);
      if (given === undefined)
        throw usageError(
          'no session is named',
          'Give its id, or --member; `agentcom session list` shows the sessions.',
        );
      const open = await allPages((page) => client.call('session.list', { query: page }));
      const { id } = listedOne('session', given, open);
      await client.call('session.end', { path: { id } });
      invocation.out.answer({ revoked: id }, () => `Revoked session ${id}.`);
      return undefined;
    }),
  );
}

async function revokeOfMember(
  { out }: Invocation,
  client: HubClient,
  whose: string,
  given: string | undefined,
): Promise<undefined> {
  const { id: member, email } = await memberOf(client, whose);
  const path = { id: member };
  if (given === undefined) {
    await client.call('member.endSessions', { path });
    out.answer({ signedOut: member }, () => `Signed ${email} out of this organisation everywhere.`);
    return undefined;
  }
  const open = await allPages((page) => client.call('member.sessions', { path, query: page }));
  const { id } = listedOne('session', given, open, `agentcom session list --member ${email}`);
  await client.call('member.endSession', { path: { ...path, session: id } });
  out.answer({ revoked: id }, () => `Revoked session ${id} of ${email}.`);
  return undefined;
}

// `agentcom member …`: the people of an organisation, their roles, and invitations for more of them.

import type { InvitationView, MemberView } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import { MEMBER_ROLES, type MemberRole } from '@agentcom/schemas/names';
import { Argument, type Command, Option } from 'commander';
import { allPages } from '../all-pages.js';
import { listedOne } from '../ids.js';
import type { Cli, Invocation } from '../invocation.js';
import { table } from '../layout.js';
import { linkToSend } from '../link-text.js';
import { memberOf, WHO } from '../member-of.js';
import { type PagingFlags, pagingOf, timeSpan, withExamples, withPaging } from '../options.js';
import { nextPage } from '../output.js';
import { ago } from '../text.js';

const ID = '019a8f6c-0000-7000-8000-000000000001';

export function defineMember(command: Command, cli: Cli): void {
  addList(command, cli);
  addInvite(command, cli);
  addInvitations(command, cli);
  addUninvite(command, cli);
  addRole(command, cli);
  addReset(command, cli);
  addRemove(command, cli);
}

function addList(member: Command, cli: Cli): void {
  const command = withPaging(member.command('list').description('list members, oldest first'));
  withExamples(command, 'agentcom member list').action(
    cli.act(async (invocation: Invocation, flags: PagingFlags) => {
      const { out, world } = invocation;
      const page = await (await invocation.client()).call('member.list', { query: pagingOf(flags) });
      out.answer(
        page,
        () =>
          table<MemberView>(
            out,
            page.items,
            [
              { head: 'ID', of: ({ id }) => id },
              { head: 'ROLE', of: ({ role }) => role },
              { head: 'E-MAIL', of: ({ email }) => email },
              { head: 'SINCE', of: ({ since }) => ago(since, world.now()) },
            ],
            'no members; invite the first with `agentcom member invite --role owner`',
          ) + nextPage(page),
      );
      return undefined;
    }),
  );
}

interface InviteFlags {
  readonly role: MemberRole;
  readonly email?: string;
  readonly ttl?: number;
}

function addInvite(member: Command, cli: Cli): void {
  const command = member
    .command('invite')
    .description('print a link that makes whoever opens it a member; a hub that sends mail also mails it')
    .addOption(new Option('--role <role>', 'what the member may do').choices(MEMBER_ROLES).default('developer'))
    .option('--email <address>', 'e-mail address that it is limited to, and mailed to')
    .option('--ttl <time>', 'how long it is valid, such as 1h or 2d (7d)', timeSpan(60, LIMITS.invitationTtlSeconds));
  withExamples(
    command,
    'agentcom member invite',
    'agentcom member invite --role operator --email ada@example.org',
  ).action(
    cli.act(async (invocation: Invocation, { role, email, ttl }: InviteFlags) => {
      const { out } = invocation;
      const body = { role, ...(email !== undefined && { email }), ...(ttl !== undefined && { ttlSeconds: ttl }) };
      const made = await (await invocation.client()).call('member.invite', { body });
      const lead = made.mailed ? `Mailed to ${email}; or send this yourself` : `Send this to the new ${role}`;
      out.answer(made, () => linkToSend(invocation, made, lead));
      if (made.mailed === false) out.warning(`Not mailed to ${email}: too many mails. Send the link yourself.`);
      return undefined;
    }),
  );
}

function aRole(role: MemberRole): string {
  return /^[aeiou]/.test(role) ? `an ${role}` : `a ${role}`;
}

function addInvitations(member: Command, cli: Cli): void {
  const command = withPaging(member.command('invitations').description('list unused invitations'));
  withExamples(command, 'agentcom member invitations').action(
    cli.act(async (invocation: Invocation, flags: PagingFlags) => {
      const { out, world } = invocation;
      const page = await (await invocation.client()).call('invitation.list', { query: pagingOf(flags) });
      out.answer(
        page,
        () =>
          table<InvitationView>(
            out,
            page.items,
            [
              { head: 'ID', of: ({ id }) => id },
              { head: 'ROLE', of: ({ role }) => role },
              { head: 'FOR', of: ({ email = 'anybody' }) => email },
              { head: 'EXPIRES', of: ({ expiresAt }) => ago(expiresAt, world.now()) },
            ],
            'no open invitations',
          ) + nextPage(page),
      );
      return undefined;
    }),
  );
}

function addUninvite(member: Command, cli: Cli): void {
  const command = member
    .command('uninvite')
    .description('revoke an invitation')
    .argument('<id>', 'its id, or the beginning or end of it');
  withExamples(command, `agentcom member uninvite ${ID}`).action(
    cli.act(async (invocation: Invocation, given: string) => {
      const client = await invocation.client();
      const open = await allPages((page) => client.call('invitation.list', { query: page }));
      const { id } = listedOne('invitation', given, open, 'agentcom member invitations');
      await client.call('invitation.revoke', { path: { id } });
      invocation.out.answer({ revoked: id }, () => `Revoked invitation ${id}.`);
      return undefined;
    }),
  );
}

function addRole(member: Command, cli: Cli): void {
  const command = member
    .command('role')
    .description("change a member's role")
    .argument('<member>', WHO)
    .addArgument(new Argument('<role>', 'the new role').choices(MEMBER_ROLES));
  withExamples(command, 'agentcom member role ada@example.org operator').action(
    cli.act(async (invocation: Invocation, given: string, role: MemberRole) => {
      const client = await invocation.client();
      const { id } = await memberOf(client, given);
      const changed = await client.call('member.change', { path: { id }, body: { role } });
      invocation.out.answer(changed, () => `${changed.email} is now ${aRole(changed.role)}.`);
      return undefined;
    }),
  );
}

function addReset(member: Command, cli: Cli): void {
  const command = member
    .command('reset')
    .description('print a link with which a member sets a new password')
    .argument('<member>', WHO);
  withExamples(command, 'agentcom member reset ada@example.org').action(
    cli.act(async (invocation: Invocation, given: string) => {
      const client = await invocation.client();
      const { id, email } = await memberOf(client, given);
      const made = await client.call('member.reset', { path: { id }, body: {} });
      invocation.out.answer(made, () => linkToSend(invocation, made, `Send this to ${email}`));
      return undefined;
    }),
  );
}

function addRemove(member: Command, cli: Cli): void {
  const command = member
    .command('remove')
    .description('remove a member, and revoke the keys and invitations that they made')
    .argument('<member>', WHO);
  withExamples(command, 'agentcom member remove ada@example.org').action(
    cli.act(async (invocation: Invocation, given: string) => {
      const client = await invocation.client();
      const { id, email } = await memberOf(client, given);
      await client.call('member.remove', { path: { id } });
      invocation.out.answer(
        { removed: id },
        () => `Removed ${email}. Keys and invitations that they made here are revoked, and their sessions ended.`,
      );
      return undefined;
    }),
  );
}

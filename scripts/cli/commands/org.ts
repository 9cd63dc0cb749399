// `agentcom org …`: the organisations of a hub, for whoever runs it; and who one is oneself.

import type { OrgSummary } from '@agentcom/schemas';
import type { Command } from 'commander';
import type { Cli, Invocation } from '../invocation.js';
import { fields, table } from '../layout.js';
import { linkText } from '../link-text.js';
import { type PagingFlags, pagingOf, withExamples, withPaging } from '../options.js';
import { nextPage } from '../output.js';
import { ago } from '../text.js';

export function defineOrg(command: Command, cli: Cli): void {
  addShow(command, cli);
  addList(command, cli);
  addCreate(command, cli);
}

function addShow(org: Command, cli: Cli): void {
  const command = org.command('show').description('show whose key is used, its organisation and what it may do');
  withExamples(command, 'agentcom org show').action(
    cli.act(async (invocation: Invocation) => {
      const { out } = invocation;
      const me = await (await invocation.client()).call('me');
      out.answer(me, () =>
        fields(out, [
          ['organisation', me.org],
          ['role', me.role],
          ['name', me.name],
          ['caller', me.caller],
          ['scopes', me.scopes?.join(', ')],
          ['repositories', me.repositories?.join(', ')],
          ['expires', me.expiresAt],
        ]),
      );
      return undefined;
    }),
  );
}

function addList(org: Command, cli: Cli): void {
  const command = withPaging(org.command('list').description('list all organisations of the hub by name'));
  withExamples(command, 'agentcom org list').action(
    cli.act(async (invocation: Invocation, flags: PagingFlags) => {
      const { out, world } = invocation;
      const page = await (await invocation.client()).call('org.list', { query: pagingOf(flags) });
      out.answer(
        page,
        () =>
          table<OrgSummary>(
            out,
            page.items,
            [
              { head: 'ORGANISATION', of: ({ org }) => org },
              { head: 'MEMBERS', of: ({ members }) => String(members) },
              { head: 'AGENTS', of: ({ agents }) => String(agents) },
              { head: 'KEYS', of: ({ keys }) => String(keys) },
              { head: 'TASKS', of: ({ tasks }) => String(tasks) },
              { head: 'CREATED', of: ({ createdAt }) => ago(createdAt, world.now()) },
            ],
            'no organisations',
          ) + nextPage(page),
      );
      return undefined;
    }),
  );
}

interface CreateFlags {
  readonly name?: string;
}

function addCreate(org: Command, cli: Cli): void {
  const command = org
    .command('create')
    .description('create an organisation, and print a link for its first owner')
    .argument('<org>', 'lower-case letters, digits and inner hyphens')
    .option('--name <text>', 'as people call it');
  withExamples(command, 'agentcom org create acme --name "Acme & Sons"').action(
    cli.act(async (invocation: Invocation, given: string, { name }: CreateFlags) => {
      const { out } = invocation;
      const body = { org: given, ...(name !== undefined && { name }) };
      const made = await (await invocation.client()).call('org.create', { body });
      const { invitation } = made;
      out.answer(made, () =>
        invitation === undefined
          ? `Created the organisation ${made.org}.`
          : linkText(invocation, invitation, `Created the organisation ${made.org}. Send this to its first owner`),
      );
      return undefined;
    }),
  );
}

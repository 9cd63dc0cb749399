// `agentcom org …`: the organisations of a hub, for whoever runs it; and who one is oneself.

import type { OrgPatch, OrgSummary, OrgUsage } from '@agentcom/schemas';
import { QUOTAS, type QuotaName } from '@agentcom/schemas/names';
import type { Command } from 'commander';
import { usageError } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { fields, table } from '../layout.js';
import { linkToSend } from '../link-text.js';
import { type PagingFlags, pagingOf, withExamples, withPaging } from '../options.js';
import { nextPage } from '../output.js';
import { ago, bytes } from '../text.js';
import { money } from '../usage-text.js';

export function defineOrg(command: Command, cli: Cli): void {
  addShow(command, cli);
  addList(command, cli);
  addCreate(command, cli);
  addUsage(command, cli);
  addQuota(command, cli);
}

function addShow(org: Command, cli: Cli): void {
  const command = org.command('show').description('show who you are to the hub, and what you may do');
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
    .option('--name <text>', 'display name');
  withExamples(command, 'agentcom org create acme --name "Acme & Sons"').action(
    cli.act(async (invocation: Invocation, given: string, { name }: CreateFlags) => {
      const { out } = invocation;
      const body = { org: given, ...(name !== undefined && { name }) };
      const made = await (await invocation.client()).call('org.create', { body });
      const { invitation } = made;
      out.answer(made, () =>
        invitation === undefined
          ? `Created organisation ${made.org}.`
          : linkToSend(invocation, invitation, `Created organisation ${made.org}. Send this to its first owner`),
      );
      return undefined;
    }),
  );
}

function addUsage(org: Command, cli: Cli): void {
  const command = org.command('usage').description('show how much of its quotas your organisation uses');
  withExamples(command, 'agentcom org usage').action(
    cli.act(async (invocation: Invocation) => {
      const usage = await (await invocation.client()).call('usage', { query: {} });
      invocation.out.answer(usage, () => usageText(invocation, usage));
      return undefined;
    }),
  );
}

function usageText({ out }: Invocation, { quotas, days }: OrgUsage): string {
  const rows = QUOTAS.map((name) => ({ name, ...quotas[name] }));
  const now = table(
    out,
    rows,
    [
      { head: 'QUOTA', of: ({ name }) => name },
      { head: 'USED', of: ({ name, used }) => amountText(name, used) },
      { head: 'LIMIT', of: ({ name, limit }) => amountText(name, limit) },
    ],
    '',
  );
  const daily = table(
    out,
    days,
    [
      { head: 'DAY (UTC)', of: ({ day }) => day },
      { head: 'SUBMITTED', of: ({ submitted }) => String(submitted) },
      { head: 'COMPLETED', of: ({ completed }) => String(completed) },
      { head: 'COST', of: ({ costMicros }) => money(costMicros) },
    ],
    'no tasks yet',
  );
  return `${now}\n\n${daily}`;
}

function amountText(quota: QuotaName, amount: number): string {
  switch (quota) {
    case 'costMicrosPerDay':
    case 'costMicrosPerMonth':
      return money(amount);
    case 'storedBytes':
      return bytes(amount);
    default:
      return String(amount);
  }
}

function addQuota(org: Command, cli: Cli): void {
  const command = org
    .command('quota')
    .description("override the config's quotas for an organisation")
    .argument('<org>', 'the organisation')
    .argument('<quota=value...>', `one of ${QUOTAS.join(', ')}, and its limit; null removes the override`);
  withExamples(
    command,
    'agentcom org quota acme agents=50 tasksPerDay=10000',
    'agentcom org quota acme agents=null',
  ).action(
    cli.act(async (invocation: Invocation, name: string, changes: readonly string[]) => {
      const body = { quotas: Object.fromEntries(changes.map(quotaOf)) } as OrgPatch;
      const usage = await (await invocation.client()).call('org.change', { path: { org: name }, body });
      invocation.out.answer(usage, () => usageText(invocation, usage));
      return undefined;
    }),
  );
}

function quotaOf(change: string): [string, number | null] {
  const [, name = '', value = ''] = /^([^=]+)=(null|\d{1,13})$/.exec(change) ?? [];
  if ((QUOTAS as readonly string[]).includes(name)) return [name, value === 'null' ? null : Number(value)];
  throw usageError(`${change} is not a quota`, `Give one of ${QUOTAS.join(', ')} with a number, such as agents=50.`);
}

// `agentcom alert …`: what is wrong, since when and what to do; who has taken it on; and how often a rule was right.

import type { AlertListQuery, AlertRuleView, AlertView, NoiseBody } from '@agentcom/schemas';
import { ALERT_STATES, NOISE_REASONS } from '@agentcom/schemas/names';
import { type Command, Option } from 'commander';
import { allPages, fullPage } from '../all-pages.js';
import type { HubClient } from '../client.js';
import { listedOne, shortIds } from '../ids.js';
import type { Cli, Invocation } from '../invocation.js';
import { table } from '../layout.js';
import { type PagingFlags, pagingOf, parseListOf, withExamples, withPaging } from '../options.js';
import { nextPage } from '../output.js';
import { queryText, withQuery } from '../query-argument.js';
import { alertText, bySeverity, severityColour, statusText, whyText } from '../show-alert.js';
import { ago, counted } from '../text.js';

const ID = '019a8f6c-0000-7000-8000-000000000001';
const WHICH = 'id of the alert, or the beginning or end of it; or its rule';

export function defineAlert(command: Command, cli: Cli): void {
  addList(command, cli);
  addShow(command, cli);
  addAck(command, cli);
  addNoise(command, cli);
  addRules(command, cli);
}

interface ListFlags extends PagingFlags {
  readonly state?: NonNullable<AlertListQuery['state']>;
  readonly severity?: NonNullable<AlertListQuery['severity']>;
}

function addList(alert: Command, cli: Cli): void {
  const command = withPaging(
    withQuery(
      alert.command('list').description('list alerts, the most urgent first'),
      'alerts',
      'severity:page -is:acknowledged',
    )
      .option('--state <states>', `${ALERT_STATES.join(', ')} (pending,firing)`, parseListOf(ALERT_STATES))
      .addOption(new Option('--severity <severity>', 'only these').choices(['page', 'warn', 'info'])),
  );
  withExamples(command, 'agentcom alert list', 'agentcom alert list --state resolved --limit 10').action(
    cli.act(async (invocation: Invocation, words: readonly string[], { state, severity, ...paging }: ListFlags) => {
      const { out, world } = invocation;
      const q = queryText('alerts', world.now(), ...words);
      const client = await invocation.client();
      const filter = {
        ...(state !== undefined && { state }),
        ...(severity !== undefined && { severity }),
        ...(q !== undefined && { q }),
      };
      const page = await fullPage(pagingOf(paging), (query) =>
        client.call('alert.list', { query: { ...filter, ...query } }),
      );
      out.answer(page, () => {
        const items = bySeverity(page.items);
        const short = shortIds(items.map(({ id }) => id));
        const columns = [
          { head: 'ALERT', of: ({ id }: AlertView) => short(id) },
          {
            head: 'SEVERITY',
            of: ({ severity: one }: AlertView) => one,
            colour: (text: string, one: AlertView) => severityColour(out.colours, one)(text),
          },
          { head: 'RULE', of: ({ rule }: AlertView) => rule },
          { head: 'STATE', of: statusText },
          { head: 'SINCE', of: ({ since }: AlertView) => ago(since, world.now()) },
          { head: 'WHY', of: (one: AlertView) => whyText(one, world.now()), stretch: true },
        ];
        return table<AlertView>(out, items, columns, 'no alerts') + nextPage(page);
      });
      return undefined;
    }),
  );
}

function addShow(alert: Command, cli: Cli): void {
  const command = alert
    .command('show')
    .description('show what an alert is about, its likely cause and what to do')
    .argument('<alert>', WHICH);
  withExamples(command, `agentcom alert show ${ID}`, 'agentcom alert show AgentOffline').action(
    cli.act(async (invocation: Invocation, given: string) => {
      const client = await invocation.client();
      const shown = await client.call('alert.show', { path: { id: await alertId(client, given) } });
      invocation.out.answer(shown, () => alertText(invocation, shown, invocation.world.now()));
      return undefined;
    }),
  );
}

function addAck(alert: Command, cli: Cli): void {
  const command = alert
    .command('ack')
    .description('acknowledge an alert: nobody else is told until it is resolved')
    .argument('<alert>', WHICH)
    .option('--note <text>', 'what you are doing about it');
  withExamples(command, 'agentcom alert ack AgentOffline --note "restarting it"').action(
    cli.act(async (invocation: Invocation, given: string, { note }: { readonly note?: string }) => {
      const client = await invocation.client();
      const body = note === undefined ? {} : { note };
      const path = { id: await alertId(client, given) };
      const acknowledged = await client.call('alert.acknowledge', { path, body });
      invocation.out.answer(acknowledged, () => `Acknowledged ${acknowledged.rule}, until it is resolved.`);
      return undefined;
    }),
  );
}

function addNoise(alert: Command, cli: Cli): void {
  const command = alert
    .command('noise')
    .description('mark an alert as noise; `alert rules` shows the noisiest rules')
    .argument('<alert>', WHICH)
    .addOption(new Option('--reason <reason>', 'what was wrong with it').choices(NOISE_REASONS).makeOptionMandatory())
    .option('--note <text>', 'more about it');
  withExamples(command, `agentcom alert noise ${ID} --reason not_actionable`).action(
    cli.act(async (invocation: Invocation, given: string, body: NoiseBody) => {
      const client = await invocation.client();
      const marked = await client.call('alert.noise', { path: { id: await alertId(client, given) }, body });
      invocation.out.answer(
        marked,
        () => `Marked ${marked.rule} as noise. Change its limits with \`agentcom config set\`.`,
      );
      return undefined;
    }),
  );
}

function addRules(alert: Command, cli: Cli): void {
  const command = alert.command('rules').description('list the rules of alerts, those that fired most often first');
  withExamples(command, 'agentcom alert rules').action(
    cli.act(async (invocation: Invocation) => {
      const { out } = invocation;
      const client = await invocation.client();
      const items = await allPages((query) => client.call('rule.list', { query }));
      out.answer({ items, nextCursor: null }, () =>
        table<AlertRuleView>(
          out,
          items.toSorted((a, b) => b.fired - a.fired || noiseOf(b) - noiseOf(a)),
          [
            { head: 'RULE', of: ({ rule }) => rule },
            { head: 'SEVERITY', of: ({ severity, enabled }) => (enabled ? severity : 'off') },
            { head: 'OPEN', of: ({ open }) => String(open) },
            { head: '7 DAYS', of: ({ fired }) => counted(fired, 'time') },
            { head: 'NOISE', of: (rule) => String(noiseOf(rule)) },
            { head: 'MEANING', of: ({ meaning }) => meaning, stretch: true },
          ],
          'no rules',
        ),
      );
      return undefined;
    }),
  );
}

function noiseOf({ noise }: AlertRuleView): number {
  return Object.values(noise).reduce((sum, count) => sum + count, 0);
}

/** Also by the rule of one that is open. */
async function alertId(client: HubClient, given: string): Promise<string> {
  const states = { state: [...ALERT_STATES] };
  const alerts = await allPages((page) => client.call('alert.list', { query: { ...states, ...page } }));
  const open = alerts.filter(({ rule, state }) => rule === given && state !== 'resolved');
  return open.length === 1 && open[0] !== undefined ? open[0].id : listedOne('alert', given, alerts).id;
}

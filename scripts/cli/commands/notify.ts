// `agentcom notify …`: the channels by which people are told, what goes to which, and what was sent.

import type { NotificationDelivery } from '@agentcom/schemas';
import { DELIVERY_STATES, type DeliveryState } from '@agentcom/schemas/notification';
import { type Command, Option } from 'commander';
import { channelNamed } from '../channel-named.js';
import { EXIT } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { table } from '../layout.js';
import { type PagingFlags, pagingOf, withExamples, withPaging } from '../options.js';
import { nextPage } from '../output.js';
import { ago, oneLine } from '../text.js';
import { addChannels } from './notify-channel.js';
import { addRoutes } from './notify-route.js';

export function defineNotify(command: Command, cli: Cli): void {
  addChannels(command.command('channel').description('list, add, change and remove channels'), cli);
  addRoutes(command.command('route').description('show and replace what goes to which channel'), cli);
  addTest(command, cli);
  addDeliveries(command, cli);
}

function addTest(notify: Command, cli: Cli): void {
  const command = notify
    .command('test')
    .description('send a test message by a channel now, and say whether it went out')
    .argument('<name>', 'the channel');
  withExamples(command, 'agentcom notify test on-call').action(
    cli.act(async (invocation: Invocation, name: string) => {
      const client = await invocation.client();
      const { id } = await channelNamed(client, name);
      const { sent, why = '' } = await client.call('notify.test', { path: { id }, body: {} });
      invocation.out.answer({ channel: name, sent, ...(!sent && { why }) }, () =>
        sent ? `Sent a test message by ${name}.` : `The test message did not go out by ${name}: ${oneLine(why)}`,
      );
      return sent ? undefined : EXIT.failed;
    }),
  );
}

interface DeliveryFlags extends PagingFlags {
  readonly channel?: string;
  readonly state?: DeliveryState;
  readonly replay?: string;
}

function addDeliveries(notify: Command, cli: Cli): void {
  const command = withPaging(notify.command('deliveries').description('list what was sent and what waits to be'))
    .option('--channel <name>', 'only by this channel')
    .addOption(new Option('--state <state>', 'only those in this state').choices(DELIVERY_STATES))
    .option('--replay <id>', 'send one again that the hub gave up, instead of listing');
  withExamples(
    command,
    'agentcom notify deliveries',
    'agentcom notify deliveries --state dead --channel on-call',
    'agentcom notify deliveries --replay 019a8f6c-0000-7000-8000-000000000001:on-call',
  ).action(
    cli.act(async (invocation: Invocation, { channel, state, replay, ...paging }: DeliveryFlags) => {
      const { out, world } = invocation;
      const client = await invocation.client();
      if (replay !== undefined) {
        await client.call('delivery.replay', { path: { id: replay }, body: {} });
        out.answer({ replayed: replay }, () => `Delivery ${oneLine(replay)} is sent again.`);
        return undefined;
      }
      const only = { ...(channel !== undefined && { channel }), ...(state !== undefined && { state }) };
      const page = await client.call('delivery.list', { query: { ...pagingOf(paging), ...only } });
      const now = world.now();
      out.answer(page, () => deliveryTable(invocation, page.items, now) + nextPage(page) + whys(page.items));
      return undefined;
    }),
  );
}

function deliveryTable({ out }: Invocation, items: readonly NotificationDelivery[], now: number): string {
  return table(
    out,
    items,
    [
      { head: 'WHEN', of: ({ at }) => ago(at, now) },
      { head: 'CHANNEL', of: ({ channel }) => channel, clip: 16 },
      { head: 'STATE', of: ({ state }) => state },
      { head: 'TRIES', of: ({ attempts }) => String(attempts) },
      { head: 'WHAT', of: ({ title }) => title, stretch: true },
    ],
    'nothing was sent yet',
  );
}

/** Of what did not go out: why, and the id to send it again by. */
function whys(items: readonly NotificationDelivery[]): string {
  const lines = items
    .filter(({ state }) => state === 'dead' || state === 'retrying')
    .map(({ id, state, why = 'unknown' }) => `${state} ${id}\n  ${oneLine(why)}`);
  return lines.length === 0 ? '' : `\n\n${lines.join('\n')}`;
}

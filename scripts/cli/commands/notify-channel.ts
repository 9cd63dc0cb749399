// `agentcom notify channel …`. Secrets come from files, standard input or the environment, never from the command line, which others can see.

import { resolve } from 'node:path';
import type { NotificationChannel, QuietHours } from '@agentcom/schemas';
import { readBounded } from '@agentcom/schemas/host';
import { CHANNEL_KINDS, type ChannelKind } from '@agentcom/schemas/notification';
import { Argument, type Command } from 'commander';
import { allPages } from '../all-pages.js';
import { channelNamed } from '../channel-named.js';
import { codeOf, usageError } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { table } from '../layout.js';
import { appendValue, withExamples } from '../options.js';
import { counted, oneLine } from '../text.js';
import type { World } from '../world.js';

const SECRET_BYTES_MAX = 8 * 1024;
const SETTING = /^([A-Za-z][A-Za-z0-9]*)=(.*)$/s;
const QUIET = /^(\d\d:\d\d)-(\d\d:\d\d)(?:@(\S+))?$/;

/** The setting of each kind that a file with its secret stands for, by flag. */
const SECRETS: Readonly<Record<ChannelKind, { readonly token?: string; readonly secret?: string }>> = {
  webhook: { secret: 'secret' },
  slack: { token: 'token', secret: 'url' },
  mail: { secret: 'password' },
  push: { secret: 'auth' },
  pagerduty: { token: 'routingKey' },
  ntfy: { token: 'token', secret: 'topic' },
};

interface SettingFlags {
  readonly setting?: readonly string[];
  readonly tokenFile?: string;
  readonly secretFile?: string;
  readonly quiet?: string;
}

export function addChannels(channel: Command, cli: Cli): void {
  addList(channel, cli);
  addAdd(channel, cli);
  addSet(channel, cli);
  addRemove(channel, cli);
}

function addList(channel: Command, cli: Cli): void {
  const command = channel.command('list').description('list channels with their settings');
  withExamples(command, 'agentcom notify channel list').action(
    cli.act(async (invocation: Invocation) => {
      const { out } = invocation;
      const client = await invocation.client();
      const items = await allPages((page) => client.call('notify.list', { query: page }));
      out.answer({ items }, () =>
        table<NotificationChannel>(
          out,
          items,
          [
            { head: 'NAME', of: ({ name }) => name, clip: 20 },
            { head: 'KIND', of: ({ kind }) => kind },
            { head: 'STATE', of: stateText },
            {
              head: 'SETTINGS',
              of: ({ settings, disabledWhy, failing }) => disabledWhy ?? failing?.why ?? settingsText(settings),
              stretch: true,
            },
          ],
          'no channels; add the first with `agentcom notify channel add`',
        ),
      );
      return undefined;
    }),
  );
}

function stateText({ enabled, failing }: NotificationChannel): string {
  if (!enabled) return 'disabled';
  return failing === undefined ? 'enabled' : `failing (${counted(failing.sends, 'send')})`;
}

function settingsText(settings: NotificationChannel['settings']): string {
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${text(value)}`)
    .join(' ');
}

function withSettings(command: Command): Command {
  return command
    .option(
      '--setting <name=value>',
      'a setting of its kind, or name=@file; repeat for several and for lists',
      appendValue,
    )
    .option('--token-file <file>', 'file with the token; - reads standard input')
    .option('--secret-file <file>', 'file with the secret, password or address; - as above')
    .option('--quiet <times>', 'hours when only pages go out: 22:00-07:00@Europe/Berlin, or none');
}

const FROM_ENV = `
Secrets come from files, or from AGENTCOM_NOTIFY_TOKEN and
AGENTCOM_NOTIFY_SECRET:
  webhook    secret: what signs the messages
  slack      token: of an app; secret: address of an incoming webhook
  mail       secret: the password
  pagerduty  token: the integration key
  ntfy       token: an access token; secret: the topic`;

function addAdd(channel: Command, cli: Cli): void {
  const command = withSettings(
    channel
      .command('add')
      .description('add a channel; the first gets every alert that pages or warns')
      .addArgument(new Argument('<kind>', 'how it sends').choices(CHANNEL_KINDS))
      .argument('<name>', 'what it is called'),
  ).addHelpText('after', FROM_ENV);
  withExamples(
    command,
    'agentcom notify channel add webhook on-call --setting url=https://ops.example.org/hook',
    'agentcom notify channel add slack shop --token-file slack.token --setting channel=#shop',
    'agentcom notify channel add mail team --setting host=mail.example.org --setting from=hub@example.org --setting to=ops@example.org',
  ).action(
    cli.act(async (invocation: Invocation, kind: ChannelKind, name: string, flags: SettingFlags) => {
      const settings = await settingsOf(invocation.world, kind, flags);
      const quietHours = flags.quiet === undefined ? undefined : quietHoursOf(flags.quiet);
      const body = { kind, name, settings, ...(quietHours != null && { quietHours }) };
      const made = await (await invocation.client()).call('notify.create', { body });
      invocation.out.answer(made, () => `Added channel ${made.name}. Try it: agentcom notify test ${made.name}`);
      return undefined;
    }),
  );
}

interface SetFlags extends SettingFlags {
  readonly name?: string;
  readonly enable?: true;
  readonly disable?: true;
}

function addSet(channel: Command, cli: Cli): void {
  const command = withSettings(
    channel
      .command('set')
      .description('change a channel; what is not named stays as it is')
      .argument('<name>', 'the channel'),
  )
    .option('--name <name>', 'its new name')
    .option('--enable', 'send by it again')
    .option('--disable', 'keep what waits for it, and send nothing');
  withExamples(
    command,
    'agentcom notify channel set on-call --setting url=https://ops.example.org/v2',
    'agentcom notify channel set on-call --quiet 22:00-07:00@Europe/Berlin',
    'agentcom notify channel set on-call --enable',
  ).action(
    cli.act(async (invocation: Invocation, given: string, flags: SetFlags) => {
      const { name, enable, disable, quiet } = flags;
      if (enable === true && disable === true) throw usageError('give either --enable or --disable');
      const client = await invocation.client();
      const { id, kind } = await channelNamed(client, given);
      const settings = await settingsOf(invocation.world, kind, flags);
      const body = {
        ...(name !== undefined && { name }),
        ...(Object.keys(settings).length > 0 && { settings }),
        ...(quiet !== undefined && { quietHours: quietHoursOf(quiet) }),
        ...((enable ?? disable) !== undefined && { enabled: enable === true }),
      };
      if (Object.keys(body).length === 0)
        throw usageError('say what to change', 'See `agentcom notify channel set --help`.');
      const changed = await client.call('notify.change', { path: { id }, body });
      invocation.out.answer(changed, () => `Changed channel ${changed.name}.`);
      return undefined;
    }),
  );
}

function addRemove(channel: Command, cli: Cli): void {
  const command = channel
    .command('remove')
    .description('remove a channel, and its place in the routes')
    .argument('<name>', 'the channel');
  withExamples(command, 'agentcom notify channel remove on-call').action(
    cli.act(async (invocation: Invocation, name: string) => {
      const client = await invocation.client();
      const { id } = await channelNamed(client, name);
      await client.call('notify.remove', { path: { id } });
      invocation.out.answer({ removed: name }, () => `Removed channel ${name}.`);
      return undefined;
    }),
  );
}

/** A value that is JSON counts as that, so that numbers and lists can be given, and @FILE as what is in it; the same name again makes a list. */
async function settingsOf(world: World, kind: ChannelKind, flags: SettingFlags): Promise<Record<string, unknown>> {
  const { token: tokenName, secret: secretName } = SECRETS[kind];
  const settings: Record<string, unknown> = {};
  for (const given of flags.setting ?? []) {
    const [, name, text] = SETTING.exec(given) ?? [];
    if (name === undefined || text === undefined) throw usageError(`--setting ${given} is not name=value`);
    const isFile = text.startsWith('@');
    if (!isFile && (name === tokenName || name === secretName || name === 'previousSecret'))
      throw usageError(
        `${name} is a secret, which others could see here`,
        `Give it with --${name === tokenName ? 'token' : 'secret'}-file.`,
      );
    const value = isFile ? await secretFrom(world, name, text.slice(1), undefined) : jsonOrText(text);
    const before = settings[name];
    settings[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  const token = await secretFrom(world, 'token', flags.tokenFile, world.env.AGENTCOM_NOTIFY_TOKEN);
  const secret = await secretFrom(world, 'secret', flags.secretFile, world.env.AGENTCOM_NOTIFY_SECRET);
  if (token !== undefined) settings[named(tokenName, kind, 'token')] = token;
  if (secret !== undefined) settings[named(secretName, kind, 'secret')] = secret;
  return settings;
}

function named(name: string | undefined, kind: ChannelKind, flag: string): string {
  if (name === undefined) throw usageError(`a channel of kind ${kind} has no ${flag}`);
  return name;
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function secretFrom(
  world: World,
  what: string,
  file: string | undefined,
  fromEnv: string | undefined,
): Promise<string | undefined> {
  if (file === undefined) return fromEnv === '' ? undefined : fromEnv;
  const text = file === '-' ? await world.readStdin(SECRET_BYTES_MAX) : read(world, file, what);
  const secret = text.trim();
  if (secret === '') throw usageError(`the ${what} file ${file} is empty`);
  return secret;
}

function read(world: World, file: string, what: string): string {
  try {
    return readBounded(resolve(world.cwd, file), SECRET_BYTES_MAX).toString('utf8');
  } catch (cause) {
    throw usageError(`the ${what} file ${oneLine(file)} cannot be read (${codeOf(cause)})`);
  }
}

/** In this machine's time zone unless one is named; null for none. */
function quietHoursOf(text: string): QuietHours | null {
  if (text === 'none') return null;
  const [, from, to, zone] = QUIET.exec(text) ?? [];
  if (from === undefined || to === undefined)
    throw usageError(`--quiet ${text} is not a time of day to another`, 'Such as 22:00-07:00@Europe/Berlin, or none.');
  return { from, to, timeZone: zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone };
}

// `agentcom message …`: write to agents and channels, and see what has reached an agent.

import type { ListedMessage } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import type { Command } from 'commander';
import { usageError } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { type PagingFlags, pagingOf, withExamples, withPaging } from '../options.js';
import { nextPage } from '../output.js';
import { checkText, promptFrom } from '../prompt-text.js';
import { messagesText } from '../show-messages.js';
import { ago, oneLine } from '../text.js';

export function defineMessage(command: Command, cli: Cli): void {
  addSend(command, cli);
  addList(command, cli);
}

interface SendFlags {
  readonly file?: string;
  readonly replyTo?: string;
}

function addSend(message: Command, cli: Cli): void {
  const command = message
    .command('send')
    .description('send a message to an agent or a channel')
    .argument('<to>', 'the name of an agent, agent:NAME or channel:NAME')
    .argument('[text]', 'the message')
    .option('--file <file>', 'a file with the message; - for standard input')
    .option('--reply-to <id>', 'the message that this one answers');
  withExamples(
    command,
    'agentcom message send duly-noted "The staging database is back."',
    'agentcom message send channel:builds --file notes.md',
  ).action(
    cli.act(async (invocation: Invocation, to: string, text: string | undefined, { file, replyTo }: SendFlags) => {
      const body = await bodyOf(invocation, text, file);
      const recipient = to.includes(':') ? to : `agent:${to}`;
      const client = await invocation.client();
      const sent = await client.call('message.send', {
        body: { to: recipient, body, ...(replyTo !== undefined && { replyTo }) },
      });
      const [kind, name = ''] = recipient.split(':');
      invocation.out.answer(sent, () => {
        const next = kind === 'agent' ? `agentcom message list ${name}` : `agentcom channel history ${name}`;
        return `Sent message ${sent.messageId} to ${oneLine(sent.to)}. See what becomes of it: ${invocation.out.colours.bold(next)}`;
      });
      return undefined;
    }),
  );
}

async function bodyOf({ world }: Invocation, text: string | undefined, file: string | undefined): Promise<string> {
  if ((text === undefined) === (file === undefined)) throw usageError('give either the message or --file');
  const body = text ?? (await promptFrom(world, file ?? ''));
  checkText(body, 'the message');
  if (body.trim() === '') throw usageError('the message is empty');
  if (Buffer.byteLength(body) > LIMITS.messageBytes) {
    throw usageError(
      `the message is larger than ${LIMITS.messageBytes / 1024} KiB`,
      'Put large material into the repository instead.',
    );
  }
  return body;
}

interface ListFlags extends PagingFlags {
  readonly all?: boolean;
}

function addList(message: Command, cli: Cli): void {
  const command = withPaging(
    message
      .command('list')
      .description('list messages, newest first: all of them, or those to an agent and whether they have reached it')
      .argument('[agent]', 'its name')
      .option('--all', 'of an agent: those to it by name and those that it has sent'),
  );
  withExamples(
    command,
    'agentcom message list',
    'agentcom message list duly-noted',
    'agentcom message list duly-noted --all',
  ).action(
    cli.act(async (invocation: Invocation, name: string | undefined, flags: ListFlags) => {
      const { out, world } = invocation;
      const client = await invocation.client();
      const now = world.now();
      if (name === undefined || flags.all === true) {
        const query = { ...pagingOf(flags), ...(name !== undefined && { agent: name }) };
        const page = await client.call('message.list', { query });
        out.answer(page, () => messagesText(out, page.items, now, undefined, false) + nextPage(page));
        return undefined;
      }
      const page = await client.call('agent.messages', { path: { name }, query: pagingOf(flags) });
      out.answer(page, () => messagesText(out, page.items, now, (one) => receiptText(one, now)) + nextPage(page));
      return undefined;
    }),
  );
}

function receiptText({ acknowledged, acknowledgedAt, deliveredAt }: ListedMessage, now: number): string {
  if (acknowledged) return acknowledgedAt === undefined ? 'acknowledged' : `acknowledged ${ago(acknowledgedAt, now)}`;
  return deliveredAt === undefined ? 'waiting until the agent connects' : `delivered ${ago(deliveredAt, now)}`;
}

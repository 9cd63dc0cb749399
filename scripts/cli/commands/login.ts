// `agentcom login`: a link that signs the caller in at a browser.

import type { Command } from 'commander';
import type { HubClient } from '../client.js';
import { readContexts } from '../contexts.js';
import { CommandError, EXIT, failed } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { linkText } from '../link-text.js';
import { withExamples } from '../options.js';
import { readKey } from '../settings.js';

interface LoginFlags {
  readonly org?: string;
}

export function defineLogin(command: Command, cli: Cli): void {
  command.option('--org <name>', 'sign in to this organisation, by the saved key that belongs to it');
  withExamples(
    command,
    'agentcom login',
    'agentcom login --hub https://hub.example.org',
    'agentcom login --org acme',
  ).action(
    cli.act(async (invocation: Invocation, { org }: LoginFlags) => {
      const own = await invocation.client();
      const client = org === undefined ? own : await clientOf(invocation, own, org);
      const link = await client.call('session.link', { body: {} });
      invocation.out.answer(link, () => linkText(invocation, link, 'Open this in a browser'));
      return undefined;
    }),
  );
}

/** A key belongs to one organisation: the caller's own, else the one of a context of the same hub. */
async function clientOf(invocation: Invocation, own: HubClient, org: string): Promise<HubClient> {
  if ((await own.call('me')).org === org) return own;
  const { byName } = await readContexts(invocation.world);
  for (const { hub, keyFile } of Object.values(byName)) {
    if (hub.replace(/\/+$/, '') !== own.hub) continue;
    const client = await invocation.clientFor(own.hub, { key: await readKey(keyFile), from: keyFile });
    if ((await orgOf(client)) === org) return client;
  }
  const page = `${own.hub}/sign-in#org=${encodeURIComponent(org)}`;
  throw failed(
    'org.not_found',
    `no key that is saved here belongs to the organisation ${org}`,
    `Sign in at ${page}, or save a key of it with \`agentcom context add\`.`,
  );
}

/** Undefined where the hub does not take the key any more. */
async function orgOf(client: HubClient): Promise<string | undefined> {
  try {
    return (await client.call('me')).org;
  } catch (error) {
    if (error instanceof CommandError && error.exit === EXIT.notAllowed) return undefined;
    throw error;
  }
}

// `agentcom login`: a link that signs the caller in at a browser.

import type { Command } from 'commander';
import type { Cli, Invocation } from '../invocation.js';
import { linkText } from '../link-text.js';
import { withExamples } from '../options.js';

export function defineLogin(command: Command, cli: Cli): void {
  withExamples(command, 'agentcom login', 'agentcom login --hub https://hub.example.org').action(
    cli.act(async (invocation: Invocation) => {
      const link = await (await invocation.client()).call('session.link', { body: {} });
      invocation.out.answer(link, () => linkText(invocation, link, 'Open this in a browser'));
      return undefined;
    }),
  );
}

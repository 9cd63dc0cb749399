// `agentcom login`: a link that signs the caller in at a browser.

import type { Command } from 'commander';
import type { Cli, Invocation } from '../invocation.js';
import { withExamples } from '../options.js';
import { oneLine, validFor } from '../text.js';

export function defineLogin(command: Command, cli: Cli): void {
  withExamples(command, 'agentcom login', 'agentcom login --hub https://hub.example.org').action(
    cli.act(async (invocation: Invocation) => {
      const { out, world } = invocation;
      const link = await (await invocation.client()).call('session.link', { body: {} });
      out.answer(link, () => {
        const left = validFor(link.expiresAt, world.now());
        return `Open this in a browser; it works once, within ${left}:\n\n  ${out.colours.bold(oneLine(link.url))}`;
      });
      return undefined;
    }),
  );
}

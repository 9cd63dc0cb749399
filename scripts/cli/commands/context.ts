// `agentcom context …`: several hubs by name, each with its key, and which of them the commands are for.

import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { type Contexts, LOCAL, readContexts, writeContexts } from '../contexts.js';
import { failed, usageError } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { table } from '../layout.js';
import { withExamples } from '../options.js';
import { clientSettings, defaultDataDir, isLoopback, readKey } from '../settings.js';
import type { World } from '../world.js';

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

export function defineContext(context: Command, cli: Cli): void {
  addAdd(context, cli);
  addUse(context, cli);
  addList(context, cli);
  addRemove(context, cli);
}

function addAdd(context: Command, cli: Cli): void {
  const command = context
    .command('add')
    .description('save a hub under a name, with its key from --key-file')
    .argument('<name>', 'a name, such as prod')
    .argument('<url>', 'the address of the hub');
  withExamples(command, 'agentcom context add prod https://hub.example.org --key-file ~/prod.key').action(
    cli.act(async ({ world, out, flags }: Invocation, name: string, url: string) => {
      if (!NAME.test(name) || name === LOCAL) {
        throw usageError(`${name} is not a valid context name`, 'Use lower-case letters, digits and hyphens.');
      }
      const { hub } = await clientSettings(world, { hub: url });
      const keyFile = keyFileOf(world, hub, flags.keyFile);
      await readKey(keyFile);
      const contexts = await readContexts(world);
      await writeContexts(world, { ...contexts, byName: { ...contexts.byName, [name]: { hub, keyFile } } });
      out.answer({ name, hub, keyFile }, () => `Added ${name}. Use it with: ${world.self} context use ${name}`);
      return undefined;
    }),
  );
}

function keyFileOf(world: World, hub: string, given: string | undefined): string {
  if (given !== undefined) return resolve(world.cwd, given);
  if (isLoopback(hub)) return join(defaultDataDir(world), 'owner.key');
  throw usageError(
    `--key-file is required: the file with your key for ${hub}`,
    'On the hub, create a key with: agentcom key create NAME',
  );
}

function addUse(context: Command, cli: Cli): void {
  const command = context
    .command('use')
    .description('choose the hub that commands talk to')
    .argument('<name>', `an added context, or ${LOCAL} for the hub on this machine`);
  withExamples(command, `agentcom context use ${LOCAL}`).action(
    cli.act(async ({ world, out }: Invocation, name: string) => {
      const contexts = await readContexts(world);
      if (name !== LOCAL) known(contexts, name);
      await writeContexts(world, { ...contexts, current: name === LOCAL ? undefined : name });
      const { hub } = await clientSettings(world, {});
      if (world.env.AGENTCOM_HUB) out.warning('AGENTCOM_HUB is set in this shell and takes precedence.');
      out.answer({ name, hub }, () => `Commands now talk to ${hub}.`);
      return undefined;
    }),
  );
}

function addList(context: Command, cli: Cli): void {
  const command = context.command('list').description('list the contexts');
  withExamples(command, 'agentcom context list').action(
    cli.act(async ({ world, out }: Invocation) => {
      const { current = LOCAL, byName } = await readContexts(world);
      const rows = [
        { name: LOCAL, hub: 'on this machine, or as in client.toml', keyFile: '-' },
        ...Object.entries(byName).map(([name, one]) => ({ name, ...one })),
      ];
      out.answer({ current, contexts: byName }, () =>
        table(
          out,
          rows,
          [
            { head: '', of: ({ name }) => (name === current ? '*' : '') },
            { head: 'CONTEXT', of: ({ name }) => name },
            { head: 'HUB', of: ({ hub }) => hub },
            { head: 'KEY FILE', of: ({ keyFile }) => keyFile, stretch: true },
          ],
          '',
        ),
      );
      return undefined;
    }),
  );
}

function addRemove(context: Command, cli: Cli): void {
  const command = context
    .command('remove')
    .description('remove a context, but not its key file')
    .argument('<name>', 'the context');
  withExamples(command, 'agentcom context remove prod').action(
    cli.act(async ({ world, out }: Invocation, name: string) => {
      const contexts = await readContexts(world);
      known(contexts, name);
      const { [name]: _removed, ...byName } = contexts.byName;
      await writeContexts(world, { current: contexts.current === name ? undefined : contexts.current, byName });
      out.answer({ removed: name }, () => `Removed context ${name}.`);
      return undefined;
    }),
  );
}

function known({ byName }: Contexts, name: string): void {
  if (Object.hasOwn(byName, name)) return;
  const names = Object.keys(byName);
  const remedy =
    names.length === 0 ? 'Add one with `agentcom context add NAME URL`.' : `Known contexts: ${names.join(', ')}`;
  throw failed('context.not_found', `context ${name} not found`, remedy);
}

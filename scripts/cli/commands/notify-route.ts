// `agentcom notify route …`: which notification goes to which channel, shown as lines and replaced from a file.

import { resolve } from 'node:path';
import type { NotificationRoute, NotificationRoutes } from '@agentcom/schemas';
import { readBounded } from '@agentcom/schemas/host';
import { LIMITS } from '@agentcom/schemas/limits';
import type { Command } from 'commander';
import type { HubClient } from '../client.js';
import { CommandError, codeOf, usageError } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { table } from '../layout.js';
import { withExamples } from '../options.js';
import type { World } from '../world.js';

const BYTES_MAX = LIMITS.shortBodyBytes;
const SET_TRIES = 2;

export function addRoutes(route: Command, cli: Cli): void {
  addList(route, cli);
  addSet(route, cli);
}

function addList(route: Command, cli: Cli): void {
  const command = route.command('list').description('show the routes in order; the first that matches counts');
  withExamples(command, 'agentcom notify route list', 'agentcom notify route list --json > routes.json').action(
    cli.act(async (invocation: Invocation) => {
      const { out } = invocation;
      const answer = await (await invocation.client()).call('notify.routes');
      out.answer(answer, () => routesText(invocation, answer));
      return undefined;
    }),
  );
}

function addSet(route: Command, cli: Cli): void {
  const command = route
    .command('set')
    .description('replace the routes by those of a JSON file, as `route list --json` prints')
    .argument('<file>', 'the file; - reads standard input');
  withExamples(command, 'agentcom notify route set routes.json').action(
    cli.act(async (invocation: Invocation, file: string) => {
      const body = await routesFrom(invocation.world, file);
      const answer = await replaced(invocation, await invocation.client(), body);
      invocation.out.answer(answer, () => routesText(invocation, answer));
      return undefined;
    }),
  );
}

/** Those that there are now, also where somebody else changes them at the same time: the file has all that there is to be. */
async function replaced({ out }: Invocation, client: HubClient, body: NotificationRoutes): Promise<NotificationRoutes> {
  for (let tries = 1; ; tries++) {
    const { version: ifVersion } = await client.versioned('notify.routes');
    try {
      return await client.call('notify.setRoutes', { body, ifVersion });
    } catch (error) {
      const isConflict = error instanceof CommandError && error.code === 'notification.version_conflict';
      if (!isConflict || tries === SET_TRIES) throw error;
      out.note('Somebody else changed the routes meanwhile. Replacing what they are now.');
    }
  }
}

function routesText({ out }: Invocation, { routes }: NotificationRoutes): string {
  return table<NotificationRoute>(
    out,
    routes,
    [
      { head: 'TO', of: ({ channels }) => channels.join(', '), clip: 24 },
      { head: 'WHAT', of: ({ match }) => matchText(match), stretch: true },
      { head: 'ALSO', of: alsoText },
    ],
    'no routes; the first channel makes one for alerts that page or warn',
  );
}

function matchText(match: NotificationRoute['match']): string {
  const parts = Object.entries(match).map(([name, values]) => `${name}=${values.join('|')}`);
  return parts.length === 0 ? 'everything' : parts.join(' ');
}

function alsoText(route: NotificationRoute): string {
  const { escalation, excerpts, digest, continue: goesOn } = route;
  const words = [
    ...(escalation === undefined ? [] : [`then ${escalation.join(', ')}`]),
    ...(excerpts === true ? ['excerpts'] : []),
    ...(digest === true ? ['digest'] : []),
    ...(goesOn === true ? ['continue'] : []),
  ];
  return words.join(', ');
}

/** The hub checks what is in it. */
async function routesFrom(world: World, file: string): Promise<NotificationRoutes> {
  const text = file === '-' ? await world.readStdin(BYTES_MAX) : read(world, file);
  try {
    return JSON.parse(text) as NotificationRoutes;
  } catch {
    throw usageError(`${file} is not JSON`, 'Begin with: agentcom notify route list --json > routes.json');
  }
}

function read(world: World, file: string): string {
  try {
    return readBounded(resolve(world.cwd, file), BYTES_MAX).toString('utf8');
  } catch (cause) {
    throw usageError(`${file} cannot be read (${codeOf(cause)})`);
  }
}

// `agentcom top`: the hub live in a terminal: agents, queue, what needs a person, alerts and spend, and the keys that do something about it.

import type { Command } from 'commander';
import type { HubClient } from '../client.js';
import { usageError } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { withExamples } from '../options.js';
import type { TopState } from '../top/model.js';
import type { Change } from '../top/step.js';

interface TopFlags {
  readonly once?: boolean;
}

export function defineTop(command: Command, cli: Cli): void {
  command.option('--once', 'print it once as text, also where there is no terminal');
  withExamples(command, 'agentcom top', 'agentcom top --once', 'agentcom top --json').action(
    cli.act(async (invocation: Invocation, { once = false }: TopFlags) => {
      const { world, out } = invocation;
      const isOnce = once || out.json;
      if (!isOnce && !world.canAsk)
        throw usageError(
          'agentcom top needs a terminal',
          'Add --once for one look as text, or --json for one as JSON.',
        );
      const [{ keyFor }, { openLive }, session] = await Promise.all([
        import('../settings.js'),
        import('../top/live-socket.js'),
        import('../top/session.js'),
      ]);
      const settings = await invocation.settings();
      const key = await keyFor(world, invocation.flags, settings);
      const client = await invocation.clientFor(settings.hub, key);
      const me = await client.call('me');
      // From here on nobody but the screen writes to the terminal.
      const quiet = isOnce ? client : await quietClient(invocation, settings.hub, key.key);
      const parts = {
        hub: settings.hub,
        me,
        colours: out.colours,
        world,
        open: openLive.bind(undefined, settings.hub, key.key, world.env),
        after: (ms: number, run: () => void) => {
          const timer = setTimeout(run, ms);
          return () => clearTimeout(timer);
        },
        random: Math.random,
        ask: (change: Change) => asked(quiet, change),
        check: () => quiet.call('me'),
      };
      if (!isOnce) return void (await session.runTop(parts));
      const state = await session.lookOnce(parts);
      const { plainOf } = await import('../top/view.js');
      out.answer(shownOf(state), () => plainOf(state, world.stdout.columns, out.colours, world.now()).join('\n'));
      return undefined;
    }),
  );
}

async function quietClient({ world }: Invocation, hub: string, key: string): Promise<HubClient> {
  const { HubClient: Client } = await import('../client.js');
  return new Client({ hub, key, env: world.env, sleep: world.sleep });
}

function asked(client: HubClient, change: Change): Promise<unknown> {
  switch (change.kind) {
    case 'answer': {
      const { answer, questionId } = change;
      return client.call('task.answer', { path: { id: change.task }, body: { answer, questionId } });
    }
    case 'requeue':
      return client.call('dead.requeue', { path: { id: change.task }, body: {} });
    case 'acknowledge':
      return client.call('alert.acknowledge', { path: { id: change.alert }, body: {} });
    case 'cancel':
      return client.call('task.cancel', { path: { id: change.task }, body: {} });
  }
}

/** For programs: each view as the hub has sent it. What it does not show is absent. */
function shownOf({ hub, org, said, views }: TopState): Record<string, unknown> {
  const rows = Object.entries(views).flatMap(([view, known]) => {
    if (known === undefined || known.refused !== undefined) return [];
    const items = [...known.rows.values()];
    return [[view, view === 'overview' ? items[0] : items] as const];
  });
  return { hub, org, role: said?.role, version: said?.version, ...Object.fromEntries(rows) };
}

// `agentcom watch`: a small process beside a hub, best on another machine, that tells somebody when the hub no longer can.

import { pause } from '@agentcom/schemas';
import { systemScheduler } from '@agentcom/schemas/host';
import type { Command } from 'commander';
import { EXIT, type ExitCode } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { timeSpan, withExamples } from '../options.js';
import { listenForStop } from '../stop-signal.js';
import { lookAt } from '../watch/look.js';
import { type ChannelFlags, openTell, type Tell } from '../watch/tell.js';
import { UNTOLD, watchingAfter } from '../watch/watching.js';

const EVERY_SECONDS = 15;
const DOWN_SECONDS = 60;

interface WatchFlags extends ChannelFlags {
  readonly once?: boolean;
  readonly every?: number;
  readonly after?: number;
}

export function defineWatch(command: Command, cli: Cli): void {
  command
    .argument('<url...>', 'the hub; of several on one journal, all: one that leads is enough')
    .option('--webhook <url>', 'call this address (AGENTCOM_WATCH_WEBHOOK)')
    .option('--webhook-secret-file <file>', 'sign with this (AGENTCOM_WATCH_WEBHOOK_SECRET)')
    .option('--ntfy <url>', 'send to this ntfy topic (AGENTCOM_WATCH_NTFY)')
    .option('--ntfy-token-file <file>', 'its token (AGENTCOM_WATCH_NTFY_TOKEN)')
    .option('--every <time>', 'look so often (15s)', timeSpan(1, 3600))
    .option('--after <time>', 'tell once it was down for so long (60s)', timeSpan(1, 86_400))
    .option('--once', 'look once and tell nobody: 0 if the hub is up, 1 if not');
  withExamples(
    command,
    'agentcom watch https://hub.example.org --ntfy https://ntfy.sh/my-hub-7f3a',
    'agentcom watch https://a.example.org https://b.example.org --webhook https://pager.example.org/in',
    'agentcom watch https://hub.example.org --once',
  ).action(
    cli.act(async (invocation: Invocation, urls: readonly string[], flags: WatchFlags) => {
      const clients = await Promise.all(urls.map((url) => invocation.clientFor(url.replace(/\/+$/, ''))));
      const look = () => lookAt(clients);
      if (flags.once !== true)
        return watch(invocation, urls[0] ?? '', flags, look, await openTell(invocation.world, flags));
      const seen = await look();
      invocation.out.answer(seen, () => (seen.up ? 'The hub is up.' : `The hub is down: ${seen.why}`));
      return seen.up ? EXIT.done : EXIT.failed;
    }),
  );
}

/** Until it is stopped. */
async function watch(
  invocation: Invocation,
  hub: string,
  { every = EVERY_SECONDS, after: downFor = DOWN_SECONDS }: WatchFlags,
  look: () => ReturnType<typeof lookAt>,
  tell: Tell,
): Promise<ExitCode> {
  const { out, world } = invocation;
  const stopping = listenForStop(world);
  let watching = UNTOLD;
  let before: boolean | undefined;
  try {
    while (!stopping.signal.aborted) {
      const seen = await look();
      const now = world.now();
      if (seen.up !== before)
        out.answer(
          {
            event: seen.up ? 'hub.up' : 'hub.down',
            at: new Date(now).toISOString(),
            ...(!seen.up && { why: seen.why }),
          },
          () => (seen.up ? 'The hub is up.' : `The hub is down: ${seen.why}`),
        );
      before = seen.up;
      const { after, report } = watchingAfter(watching, seen, now, downFor * 1000);
      const told = report === undefined ? [] : await tell(report, hub);
      for (const { channel, failed } of told) {
        const line = { event: 'hub.told', state: report?.state, channel, ...(failed !== undefined && { failed }) };
        out.answer(line, () => (failed === undefined ? `Told by ${channel}.` : `Not told by ${channel}: ${failed}`));
      }
      // What nobody took is told again with the next look.
      const isTaken = report === undefined || told.some(({ failed }) => failed === undefined);
      watching = isTaken ? after : { downSince: report.since, isTold: report.state === 'up' };
      await pause(systemScheduler, every * 1000, stopping.signal);
    }
  } finally {
    stopping.release();
  }
  return EXIT.done;
}

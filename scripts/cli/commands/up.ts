// `agentcom up`: a hub in the foreground, with `--demo` an agent and a task beside it, until a signal.

import type { RunningHub } from '@agentcom/hub/main';
import type { HubSettings } from '@agentcom/schemas';
import type { Command } from 'commander';
import { Demo } from '../demo/demo.js';
import { CommandError, codeOf, EXIT, messageOf } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { bundleBeside } from '../join/bundle.js';
import { joinScript } from '../join/script.js';
import { fields } from '../layout.js';
import { withExamples } from '../options.js';
import { withProgress } from '../progress.js';
import { defaultDataDir, hubSettings } from '../settings.js';
import { listenForStop, type StopSignal } from '../stop-signal.js';
import { counted } from '../text.js';
import type { World } from '../world.js';

/** After the hub has stopped, ms. */
const EXIT_WITHIN_MS = 500;

interface UpFlags {
  readonly port?: string;
  readonly host?: string;
  readonly dataDir?: string;
  readonly nats?: string;
  readonly namespace?: string;
  readonly logLevel?: string;
  readonly config?: string;
  readonly demo?: boolean;
  readonly acceptJournalEnd?: string;
}

export function defineUp(command: Command, cli: Cli): void {
  command
    .option('--port <n>', 'port to listen on; 0 takes a free one (7700)')
    .option('--host <address>', 'address to listen on (127.0.0.1)')
    .option('--data-dir <dir>', 'directory for data, keys and locks')
    .option('--nats <url>', 'use this NATS server instead of starting one')
    .option('--namespace <name>', 'namespace on a shared NATS server (main)')
    .option('--config <file>', 'a TOML file with settings for the hub')
    .option('--log-level <level>', 'log level: fatal, error, warn, info, debug or trace')
    .option('--demo', 'start a demonstration agent and give it one task')
    .option('--accept-journal-end <seq:hash>', 'give up everything after this point of a damaged journal');
  withExamples(
    command,
    'agentcom up',
    'agentcom up --demo',
    'agentcom up --port 0 --data-dir ./data --json',
    'agentcom up --nats nats://127.0.0.1:4222 --namespace staging',
  ).action(cli.act(up));
}

async function up(invocation: Invocation, flags: UpFlags): Promise<undefined> {
  const { world, out } = invocation;
  const settings = await settingsFrom(invocation, flags);
  const { stderrLog } = await import('../log.js');
  const { startHub } = await import('@agentcom/hub/main');
  const log = await stderrLog(world, settings.logLevel);
  const stopping = listenForStop(world);
  try {
    const join = { script: joinScript, bundle: bundleBeside(world.entry) };
    const options = {
      log,
      join,
      signal: stopping.signal,
      ...(flags.acceptJournalEnd !== undefined && { acceptJournalEnd: flags.acceptJournalEnd }),
    };
    const starting = withProgress(invocation, 'starting the hub', () => startHub(settings, options));
    const hub = await starting.catch((cause: unknown) => {
      if (stopping.signal.aborted) throw givenUp(world);
      return notStarted(cause);
    });
    announce(invocation, hub);
    for (const what of hub.degraded) out.warning(`${what}.`);
    const demo = flags.demo === true ? new Demo(invocation, hub) : undefined;
    await Promise.all([demo?.run(), serve(invocation, hub, stopping, demo)]);
    out.note('Stopped.');
  } finally {
    stopping.release();
  }
  return undefined;
}

function settingsFrom({ world }: Invocation, flags: UpFlags): Promise<HubSettings> {
  const { port, host, dataDir, nats, namespace, logLevel, config } = flags;
  const usual = { dataDir: defaultDataDir(world), logLevel: world.stderr.isTerminal ? 'warn' : 'info' };
  return hubSettings(world, { port, host, dataDir, nats, namespace, logLevel }, usual, config);
}

/** What still waits, such as for an address that does not answer, is not waited for. */
function givenUp(world: World): CommandError {
  setTimeout(() => world.exitNow(EXIT.cancelled), EXIT_WITHIN_MS).unref();
  return new CommandError(EXIT.cancelled, 'cancelled', 'the hub was stopped before it was ready');
}

function notStarted(cause: unknown): never {
  if (cause instanceof CommandError) throw cause;
  const remedy = REMEDIES[codeOf(cause)];
  throw new CommandError(EXIT.failed, 'hub.not_started', messageOf(cause), {
    cause,
    ...(remedy !== undefined && { remedy }),
  });
}

/** For what the system refuses; everything else says itself what to do. */
const REMEDIES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Stop the program that listens there, or choose another port with --port (0 takes a free one).',
  EADDRNOTAVAIL: 'Choose an address of this machine with --host.',
  EACCES: 'Choose a port or directory that this user may use with --port or --data-dir.',
  ENOSPC: 'Free up some space, or choose another directory with --data-dir.',
};

async function serve(
  { out, world }: Invocation,
  hub: RunningHub,
  stopping: StopSignal,
  demo: Demo | undefined,
): Promise<void> {
  const ended = await Promise.race([stopping.asked.then(() => 'asked' as const), hub.stopped]);
  if (ended === 'asked') out.note('Shutting down gracefully. Press Ctrl-C again to exit now.');
  await demo?.stop();
  await hub.stop();
  // Whatever still holds the event loop then has been given up.
  setTimeout(() => world.exitNow(ended instanceof Error ? EXIT.failed : EXIT.done), EXIT_WITHIN_MS).unref();
  if (ended instanceof Error) throw new CommandError(EXIT.failed, 'hub.stopped', ended.message, { cause: ended });
}

function announce({ out }: Invocation, hub: RunningHub): void {
  const { url, keyFile, nats } = hub;
  out.answer({ event: 'ready', url, dashboard: url, keyFile, nats }, () =>
    [
      `${out.colours.bold('AgentCom')} is ready.`,
      fields(out, [
        ['hub', out.colours.cyan(url)],
        ['key', keyFile],
        ['data', `${hub.dataDir}${foundText(hub)}`],
        ['nats', nats],
        ['role', hub.phase === 'leading' ? undefined : hub.phase],
      ]),
      out.colours.dim('Ctrl-C stops it.'),
    ].join('\n'),
  );
}

function foundText({ resumed, tasks }: RunningHub): string {
  return resumed ? ` (existing, with ${counted(tasks, 'task')})` : ' (new)';
}

// `agentcom up`: a hub in the foreground, with `--demo` an agent and a task beside it, until a signal; with `--service` a hub as a service.

import type { RunningHub } from '@agentcom/hub/main';
import { DirectoryInUse, Systemd } from '@agentcom/schemas/host';
import { type Command, Option } from 'commander';
import { bundleBeside, dashboardBeside } from '../built-files.js';
import { Demo } from '../demo/demo.js';
import { CommandError, EXIT, messageOf, usageError } from '../exit.js';
import { notStarted, stoppedBy } from '../hub-failures.js';
import type { Cli, Invocation } from '../invocation.js';
import { joinScript } from '../join/script.js';
import { linkText } from '../link-text.js';
import { withExamples } from '../options.js';
import { withProgress } from '../progress.js';
import { SERVICE_KINDS } from '../service/service.js';
import { readKey } from '../settings.js';
import { startScreen, startValue } from '../start-screen.js';
import { listenForStop, type StopSignal } from '../stop-signal.js';
import { type UpFlags, upSettings } from '../up-options.js';
import type { World } from '../world.js';

/** After the hub has stopped, ms. */
const EXIT_WITHIN_MS = 500;

export function defineUp(command: Command, cli: Cli): void {
  command
    .option('--port <n>', 'port to listen on; 0 takes a free one (7700)')
    .option('--host <address>', 'address to listen on (127.0.0.1)')
    .option('--tls-cert <file>', 'certificate to serve https with (PEM, with its chain)')
    .option('--tls-key <file>', 'private key of that certificate')
    .option('--insecure', 'listen beyond this machine without TLS and without a trusted proxy')
    .option('--data-dir <dir>', 'directory for data, keys and locks')
    .option('--nats <url>', 'use this NATS server instead of starting one')
    .option('--namespace <name>', 'namespace on a shared NATS server (main)')
    .option('--config <file>', 'a TOML file with settings for the hub')
    .option('--log-level <level>', 'log level: fatal, error, warn, info, debug or trace')
    .option('--demo', 'start a demonstration agent and give it one task')
    .option('--accept-journal-end <seq:hash>', 'give up everything after this point of a damaged journal')
    .addOption(new Option('--service [kind]', 'run it as a service (user; system for root)').choices(SERVICE_KINDS))
    .option('--remove', 'with --service: stop and remove the service; the data is kept');
  withExamples(
    command,
    'agentcom up',
    'agentcom up --demo',
    'agentcom up --port 0 --data-dir ./data --json',
    'agentcom up --nats nats://127.0.0.1:4222 --namespace staging',
    'agentcom up --host 0.0.0.0 --tls-cert hub.pem --tls-key hub.key',
    'agentcom up --service',
    'agentcom up --service --remove',
  ).action(cli.act(up));
}

async function up(invocation: Invocation, flags: UpFlags): Promise<undefined> {
  if (flags.service !== undefined) {
    const { installHubService, removeHubService } = await import('../service/hub-service.js');
    await (flags.remove === true ? removeHubService : installHubService)(invocation, flags);
    return undefined;
  }
  if (flags.remove === true) throw usageError('--remove goes with --service', 'Try: agentcom up --service --remove');
  return run(invocation, flags);
}

async function run(invocation: Invocation, flags: UpFlags): Promise<undefined> {
  const { world, out } = invocation;
  const { logPlace, processLog } = await import('../log.js');
  const place = logPlace(world, { answers: out.json || flags.demo === true });
  const settings = await upSettings(world, flags, place === 'text');
  const { startHub } = await import('@agentcom/hub/main');
  const logs = await processLog(world, settings.logLevel, place);
  const stopping = listenForStop(world);
  try {
    const join = { script: joinScript, bundle: bundleBeside(world.entry) };
    const options = {
      logs,
      join,
      dashboard: dashboardBeside(world.entry),
      signal: stopping.signal,
      ...(flags.acceptJournalEnd !== undefined && { acceptJournalEnd: flags.acceptJournalEnd }),
    };
    const starting = withProgress(invocation, 'starting the hub', () => startHub(settings, options));
    const hub = await starting.catch(async (cause: unknown) => {
      if (stopping.signal.aborted) throw givenUp(world);
      throw notStarted(cause, await remedyFor(cause, invocation));
    });
    const systemd = new Systemd(world.env, logs.log);
    systemd.ready();
    if (place === 'stdout') out.note(startScreen(out, hub));
    else out.answer(startValue(hub), () => startScreen(out, hub));
    for (const what of hub.degraded) out.warning(`${what}.`);
    const demo = flags.demo === true ? new Demo(invocation, hub) : undefined;
    await Promise.all([offerSignIn(invocation, hub), demo?.run(), serve(invocation, hub, { stopping, systemd, demo })]);
    out.note('Stopped.');
  } finally {
    stopping.release();
  }
  return undefined;
}

/**
 * Only on a terminal: in a log it would be there for others to read. A hub that does not lead makes none. Never throws, for the hub serves
 * without it.
 */
async function offerSignIn(invocation: Invocation, { url, keyFile, report }: RunningHub): Promise<void> {
  const { out, world } = invocation;
  if (out.json || !world.stdout.isTerminal || report.phase !== 'leading' || keyFile === undefined) return;
  try {
    const client = await invocation.clientFor(url, { key: await readKey(keyFile), from: keyFile });
    const link = await client.call('session.link', { body: {} });
    out.answer(link, () => linkText(invocation, link, 'Open this in a browser to sign in'));
  } catch (error) {
    out.warning(`cannot get a link to sign in (${messageOf(error)}). Try later: ${world.self} login`);
  }
}

/** What still waits, such as for an address that does not answer, is not waited for. */
function givenUp(world: World): CommandError {
  setTimeout(() => world.exitNow(EXIT.cancelled), EXIT_WITHIN_MS).unref();
  return new CommandError(EXIT.cancelled, 'cancelled', 'the hub was stopped before it was ready');
}

/** The hub that has the data directory may be the service, which nobody finds in a terminal. */
async function remedyFor(cause: unknown, { world }: Invocation): Promise<string | undefined> {
  if (!(cause instanceof DirectoryInUse)) return undefined;
  const { installedHub } = await import('../service/hub-definition.js');
  const found = await installedHub(world);
  if (found?.dataDir !== cause.directory) return undefined;
  return `A service runs on it (${found.service.name}). To stop it: ${found.service.commands.stop}`;
}

interface Beside {
  readonly stopping: StopSignal;
  readonly systemd: Systemd;
  readonly demo: Demo | undefined;
}

async function serve({ out, world }: Invocation, hub: RunningHub, { stopping, systemd, demo }: Beside): Promise<void> {
  const ended = await Promise.race([stopping.asked.then(() => 'asked' as const), hub.stopped]);
  if (ended === 'asked') out.note('Shutting down gracefully. Press Ctrl-C again to exit now.');
  const told = systemd.stopping();
  await demo?.stop();
  await Promise.all([told, hub.stop()]);
  // Whatever still holds the event loop then has been given up.
  setTimeout(() => world.exitNow(ended instanceof Error ? stoppedBy(ended).exit : EXIT.done), EXIT_WITHIN_MS).unref();
  if (ended instanceof Error) throw stoppedBy(ended);
}

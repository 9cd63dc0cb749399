// `agentcom up --service`: a hub as a service of this machine, installed, replaced and removed. What fails before the service manager is
// told leaves everything as it was; what fails after it puts back what was there before.

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { urlOf } from '@agentcom/hub/listening';
import type { HubSettings } from '@agentcom/schemas';
import { holderOf, makePrivateDirectory, removeEmptyDirectory } from '@agentcom/schemas/host';
import { ADDRESS_FILE } from '@agentcom/schemas/names';
import { CommandError, EXIT, failed, usageError } from '../exit.js';
import { notStarted } from '../hub-failures.js';
import type { Invocation } from '../invocation.js';
import { fields } from '../layout.js';
import { withProgress } from '../progress.js';
import { shellWord } from '../text.js';
import { type UpFlags, upArguments, upSettings } from '../up-options.js';
import { HubDefinition, hubServiceFiles, type InstalledHub, installedHub } from './hub-definition.js';
import { HUB_PROGRAM } from './programs.js';
import { ServiceNotStarted } from './replace.js';
import { type Service, type ServiceKind, type ServiceState, serviceOf } from './service.js';

/** A long journal takes its time to be read; whoever waits longer reads the log. */
const READY_TIMEOUT_MS = 120_000;
const PROBE_TIMEOUT_MS = 5_000;
const POLL_MS = 500;

type How = 'installed' | 'replaced' | 'started' | 'unchanged';

const SAID: Readonly<Record<How, string>> = {
  installed: 'runs as a service',
  replaced: 'runs as a service with the new settings',
  started: 'runs as a service again',
  unchanged: 'already runs as a service with these settings; nothing was changed',
};

export async function installHubService(invocation: Invocation, flags: UpFlags): Promise<void> {
  const { world } = invocation;
  refuseFlags(flags);
  const settings = await upSettings(world, flags);
  if (settings.port === 0)
    throw usageError(
      'a hub that is a service needs a port of its own: with 0 it would have another one after each start',
      'Choose one with --port, or leave it out for 7700.',
    );
  const before = await installedHub(world);
  const kind = chooseKind(flags.service, before);
  await requireServiceManager(serviceOf(HUB_PROGRAM, kind, world));
  const definition = await HubDefinition.of(world, settings, flags, kind).catch((cause) => {
    throw notStarted(cause);
  });
  const { service } = definition;
  const state = await before?.service.state();
  const isRunning = state?.phase === 'running' || state?.phase === 'starting';
  await requireDataDir(settings, isRunning ? before : undefined);
  const isThere = isRunning && (await portIn(before)) === settings.port;
  if (!isThere) await requirePort(settings);

  const isSame = before !== undefined && (await definition.isInstalled());
  const how: How = before === undefined ? 'installed' : !isSame ? 'replaced' : isThere ? 'unchanged' : 'started';
  const url = addressOf(settings);
  if (how === 'unchanged') await untilReady(invocation, service, url);
  else await start(invocation, definition, { url, settings, flags });
  if (before !== undefined && before.dataDir !== settings.dataDir) {
    for (const path of hubServiceFiles(before.dataDir)) await rm(path, { force: true });
    invocation.out.note(`The data of the service before stays in ${before.dataDir}.`);
  }
  await announce(invocation, service, settings, { how, url });
}

/** A certificate is for the public name, where there is one. */
function addressOf({ host, port, tlsCert, publicUrl }: HubSettings): string {
  const isSecure = tlsCert !== undefined;
  const own = urlOf(host, { address: host, family: '', port }, isSecure);
  return isSecure && publicUrl !== undefined ? publicUrl.replace(/\/+$/, '') : own;
}

/** What a service cannot do, or would do at each start. */
function refuseFlags({ demo, acceptJournalEnd }: UpFlags): void {
  if (demo === true) throw usageError('--demo and --service do not go together', 'Run `agentcom up --demo` instead.');
  if (acceptJournalEnd === undefined) return;
  throw usageError(
    '--accept-journal-end and --service do not go together: the end of a journal is accepted once',
    'Stop the service, run `agentcom up --accept-journal-end …` once, stop that with Ctrl-C, and start the service again.',
  );
}

/** As asked; else the kind that is here; else of the system for root, who has no other that outlives a sign-in. */
function chooseKind(asked: UpFlags['service'], before: InstalledHub | undefined): ServiceKind {
  const kind = before?.service.kind;
  if (asked === undefined || asked === true) return kind ?? (process.getuid?.() === 0 ? 'system' : 'user');
  if (kind === undefined || kind === asked || process.platform === 'darwin') return asked;
  throw usageError(
    `the hub is already a service of the ${kind}`,
    `Remove that one first: agentcom up --service=${kind} --remove`,
  );
}

async function requireServiceManager(service: Service): Promise<void> {
  const { state, detail, remedy } = await service.check();
  if (state === 'fail') throw failed('service.unavailable', `the hub cannot be a service here: ${detail}`, remedy);
}

/** `running` is the service that is about to be replaced: what holds its directory is its hub. */
async function requireDataDir({ dataDir }: HubSettings, running: InstalledHub | undefined): Promise<void> {
  if (running?.dataDir === dataDir || !existsSync(dataDir)) return;
  const holder = await holderOf(dataDir);
  if (holder === undefined) return;
  throw failed(
    'hub.already_running',
    `a hub already runs on ${dataDir} (${holder}), and not as a service; nothing was changed`,
    'Stop it where it was started (Ctrl-C), then run this again: the service goes on with its data.',
  );
}

/** A service whose port is taken would start in vain again and again. */
async function requirePort({ host, port }: HubSettings): Promise<void> {
  const server = createServer();
  try {
    server.listen({ host, port });
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
  } catch (cause) {
    throw notStarted(cause);
  }
}

/** Where the hub of a service listens. */
async function portIn(hub: InstalledHub | undefined): Promise<number | undefined> {
  if (hub === undefined) return undefined;
  const [address = ''] = (await readFile(join(hub.dataDir, ADDRESS_FILE), 'utf8').catch(() => '')).split('\n');
  if (!URL.canParse(address)) return undefined;
  const { port, protocol } = new URL(address);
  return Number(port || (protocol === 'https:' ? 443 : 80));
}

interface Start {
  readonly url: string;
  readonly settings: HubSettings;
  readonly flags: UpFlags;
}

async function start(
  invocation: Invocation,
  definition: HubDefinition,
  { url, settings, flags }: Start,
): Promise<void> {
  const { world } = invocation;
  const { dataDir } = settings;
  const wasThere = existsSync(dataDir);
  await makePrivateDirectory(dataDir);
  try {
    await withProgress(invocation, 'starting the service', () =>
      definition.install(() => untilReady(invocation, definition.service, url)),
    );
  } catch (error) {
    if (!(error instanceof ServiceNotStarted)) throw error;
    if (!wasThere) await removeEmptyDirectory(dataDir);
    // Another hub would meet the one that runs.
    if (error.restored === 'running') throw error;
    const by = upArguments(world, dataDir, flags).map(shellWord).join(' ');
    throw error.withRemedy(`${error.remedy ?? ''}\nOr see it in this terminal: ${world.self} ${by}`);
  }
}

/** Also when another hub leads: then this one stands by. Throws `service.not_started` when the hub has ended. */
async function untilReady(invocation: Invocation, service: Service, url: string): Promise<void> {
  const { world } = invocation;
  const client = await invocation.clientFor(url);
  const until = world.now() + READY_TIMEOUT_MS;
  for (;;) {
    const state = await service.state();
    if (state.phase === 'failed' || state.phase === 'stopped') throw ended(service, state);
    const why = await whyNotReady(client);
    if (why === undefined) return;
    if (world.now() >= until)
      throw new CommandError(EXIT.retry, 'service.not_ready', `the service runs, but its hub is not ready: ${why}`, {
        remedy: `It goes on starting. Follow its log with: ${service.commands.log}`,
      });
    await world.sleep(POLL_MS);
  }
}

function ended({ recentLog }: Service, { detail }: ServiceState): CommandError {
  return failed('service.not_started', `the hub has ended (${detail})`, `Read why with: ${recentLog}`);
}

async function whyNotReady(client: Awaited<ReturnType<Invocation['clientFor']>>): Promise<string | undefined> {
  try {
    const { status, body, answer } = await client.probe('ready', PROBE_TIMEOUT_MS);
    if (status === 200) return undefined;
    const reasons = (body as { reasons?: { code?: string; message?: string }[] } | undefined)?.reasons;
    if (!Array.isArray(reasons)) return `${client.hub} answers with ${answer}`;
    if (reasons.every(({ code }) => code === 'not_leader')) return undefined;
    return reasons.map(({ message }) => message).join(', ');
  } catch (error) {
    if (error instanceof CommandError) return error.message;
    throw error;
  }
}

async function announce(
  { out, world }: Invocation,
  service: Service,
  { dataDir, publicUrl }: HubSettings,
  { how, url }: { readonly how: How; readonly url: string },
): Promise<void> {
  const owner = join(dataDir, 'owner.key');
  // A hub that follows another one has none.
  const keyFile = existsSync(owner) ? owner : undefined;
  const { kind, name, file, commands } = service;
  const hint = await service.hint();
  const where = { url, ...(keyFile !== undefined && { keyFile }), dataDir };
  out.answer({ event: 'ready', how, ...where, service: { kind, name, file } }, () =>
    [
      `${out.colours.bold('AgentCom')} ${SAID[how]}.`,
      fields(out, [
        ['hub', out.colours.cyan(url)],
        ['public', publicUrl],
        ['key', keyFile],
        ['data', dataDir],
        ['service', file],
      ]),
      '',
      'Manage it:',
      ...Object.values(commands).map((text) => `  ${text}`),
      ...(hint === undefined ? [] : [hint]),
      'Remove it, and keep its data:',
      `  ${world.self} up --service --remove`,
    ].join('\n'),
  );
}

/** Removes what `installHubService` made; the data stays. */
export async function removeHubService(invocation: Invocation, { service: asked }: UpFlags): Promise<void> {
  const { world, out } = invocation;
  const found = await installedHub(world, asked === undefined || asked === true ? undefined : [asked]);
  if (found === undefined) {
    out.answer({ removed: [] }, () => 'No hub is a service here; nothing was changed.');
    return;
  }
  const { service, dataDir } = found;
  await withProgress(invocation, 'stopping the hub', () => service.stop());
  await service.remove();
  const removed = [service.file, ...hubServiceFiles(dataDir)];
  for (const path of removed) await rm(path, { force: true });
  out.answer({ removed, dataDir }, () => removedText(world.self, dataDir));
}

function removedText(self: string, dataDir: string): string {
  const where = shellWord(dataDir);
  const hasAgents = existsSync(join(dataDir, 'agents'));
  return [
    `The service is removed. The data of the hub stays in ${dataDir}.`,
    'Run the hub again:',
    `  ${self} up --data-dir ${where}`,
    'Delete its tasks, keys and backups for good:',
    ...(hasAgents ? [`  ${self} leave   # first, for each agent of this machine: they are in there, too`] : []),
    `  rm -r ${where}`,
  ].join('\n');
}

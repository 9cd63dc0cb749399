// `agentcom leave`: take an agent of this machine out of its hub, and remove what it had here. It drains the agent, stops its service,
// and throws no work away unless told to. Run again, it goes on where it ended.

import { resolve } from 'node:path';
import type { SidecarSettings } from '@agentcom/schemas';
import { removeEmptyDirectory } from '@agentcom/schemas/host';
import { type Command, Option } from 'commander';
import { removeAgentFiles, type UnpushedWork, unpushedWork } from '../agent-files.js';
import { isAgreed } from '../ask.js';
import type { HubClient } from '../client.js';
import { CommandError, EXIT, failed, usageError } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { agentsDir, configsHere, runningSidecar } from '../join/agents-here.js';
import { unregister } from '../join/registry.js';
import { removeWrapper } from '../join/wrapper.js';
import { timeSpan, withExamples } from '../options.js';
import { withProgress } from '../progress.js';
import { sidecarProgram } from '../service/programs.js';
import { installedService } from '../service/service.js';
import { keyFor, readKey } from '../settings.js';
import { duration, oneLine, shellWord } from '../text.js';
import { sidecarSettings } from './sidecar.js';

interface LeaveFlags {
  readonly config?: string;
  readonly discardWork?: boolean;
  readonly withoutHub?: boolean;
  readonly timeout: number;
}

/** `elsewhere`: the hub no longer knows the agent. `unasked`: no key was good enough, so somebody else has to take it out. */
type Hub = 'removed' | 'elsewhere' | 'unasked';

const POLL_MS = 1000;

export function defineLeave(command: Command, cli: Cli): void {
  command
    .option('--config <file>', "the agent's sidecar.toml (of the only agent on this machine)")
    .addOption(
      new Option('--timeout <time>', 'how long to wait for its current task, such as 10m')
        .argParser(timeSpan(0, 86_400))
        .default(3600, '1h'),
    )
    .option('--discard-work', 'discard work that was not pushed')
    .option('--without-hub', 'do not contact the hub, for one that is gone for good');
  withExamples(command, 'agentcom leave', 'agentcom leave --config ./agent/sidecar.toml --key-file ./owner.key').action(
    cli.act(leave),
  );
}

async function leave(invocation: Invocation, flags: LeaveFlags): Promise<undefined> {
  const { world, out } = invocation;
  const config = resolve(world.cwd, flags.config ?? (await onlyConfig(invocation)));
  const settings = await sidecarSettings(world, config);
  let accepted = await confirmDiscard(invocation, settings, flags, []);
  const client = flags.withoutHub === true ? undefined : await clientWithKey(invocation, settings);
  const drained = client === undefined ? 'unasked' : await drainAgent(invocation, client, settings.name, flags.timeout);
  const service = await installedService(sidecarProgram(settings.name), world);
  await service?.stop();
  await requireStopped(settings);
  // What the sidecar could not bring to an end is known only now.
  accepted = await confirmDiscard(invocation, settings, flags, accepted);
  const hub = client === undefined || drained !== 'removed' ? drained : await removeAgent(client, settings.name);
  await service?.remove();
  const files = await removeAgentFiles(config, settings);
  await unregister(world, config);
  await removeEmptyDirectory(agentsDir(world));
  const removed = [
    ...files,
    ...(service === undefined ? [] : [service.file]),
    ...((await configsHere(world)).length === 0 ? await removeWrapper(world) : []),
  ];
  out.answer({ agent: settings.name, deregistered: hub === 'removed', removed, discarded: accepted }, () =>
    leftText(settings, hub),
  );
  return undefined;
}

function leftText({ name, hub: url }: SidecarSettings, hub: Hub): string {
  if (hub !== 'unasked') return `Agent ${name} has left this machine.`;
  return [
    `Agent ${name} has left this machine, but ${url} still lists it.`,
    'An operator of the hub can remove it with:',
    `  agentcom agent remove ${name}`,
  ].join('\n');
}

async function onlyConfig({ world }: Invocation): Promise<string> {
  const configs = await configsHere(world);
  const [only, ...others] = configs;
  if (only === undefined)
    throw usageError(`no agent found in ${agentsDir(world)}`, 'Name its configuration file with --config.');
  if (others.length === 0) return only;
  throw usageError(
    'there are several agents on this machine',
    `Choose one:\n${configs.map((path) => `  ${world.self} leave --config ${shellWord(path)}`).join('\n')}`,
  );
}

interface KeyedClient {
  readonly client: HubClient;
  /** With the agent's own key, which may take out its agent and nothing else. */
  readonly isOwn: boolean;
}

/** With the key of an operator when one is at hand. Undefined when there is no key at all. */
async function clientWithKey(invocation: Invocation, settings: SidecarSettings): Promise<KeyedClient | undefined> {
  const given = await invocation.settings();
  const hub = invocation.flags.hub === undefined ? settings.hub.replace(/\/+$/, '') : given.hub;
  try {
    const key = await keyFor(invocation.world, invocation.flags, { ...given, hub });
    return { client: await invocation.clientFor(hub, key), isOwn: false };
  } catch (error) {
    const isMissing = error instanceof CommandError && error.code === 'auth.missing';
    if (!isMissing || invocation.flags.keyFile !== undefined) throw error;
    const key = await readKey(settings.keyFile).catch(() => undefined);
    if (key === undefined) return undefined;
    return { client: await invocation.clientFor(hub, { key, from: settings.keyFile }), isOwn: true };
  }
}

/** Waits until the agent holds nothing. `removed` when it is to be taken out next. */
async function drainAgent(
  invocation: Invocation,
  { client, isOwn }: KeyedClient,
  name: string,
  timeoutSeconds: number,
): Promise<Hub> {
  const { world } = invocation;
  const until = world.now() + timeoutSeconds * 1000;
  const cancel = (task: string) => `${world.self} task cancel ${task} --hub ${shellWord(client.hub)}`;
  try {
    const first = await client.call('agent.drain', { path: { name }, body: { reason: 'leaving' } });
    await withProgress(invocation, 'waiting for its task to finish', async (say) => {
      for (let agent = first; ; agent = await client.call('agent.show', { path: { name } })) {
        const task = agent.task ?? agent.stopping?.task;
        if (task === undefined) return;
        if (!agent.connected) throw busy(`agent ${name} has task ${task} but is not connected`, cancel(task));
        if (world.now() >= until)
          throw busy(`agent ${name} still has task ${task} after ${duration(timeoutSeconds * 1000)}`, cancel(task));
        say(`waiting for task ${task} to finish`);
        await world.sleep(POLL_MS);
      }
    });
    return 'removed';
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (error.code === 'agent.not_found') return 'elsewhere';
    // Its key ended with it.
    if (isOwn && error.code === 'auth.invalid') return 'elsewhere';
    if (isOwn && error.code === 'auth.forbidden') return 'unasked';
    if (error.code !== 'hub.unreachable') throw error;
    const remedy = 'Run it again when the hub is back. If the hub is gone for good, add --without-hub.';
    throw new CommandError(error.exit, error.code, error.message, { remedy, cause: error });
  }
}

async function removeAgent({ client }: KeyedClient, name: string): Promise<Hub> {
  try {
    await client.call('agent.remove', { path: { name } });
    return 'removed';
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (error.code === 'agent.not_found') return 'elsewhere';
    throw error;
  }
}

function busy(message: string, cancel: string): CommandError {
  const remedy = `The agent is draining. Wait for its sidecar to finish, or cancel the task: ${cancel}`;
  return failed('leave.busy', message, remedy);
}

/** What of the work may be thrown away: nothing, unless a flag or a person says so. `accepted` has been asked about before. */
async function confirmDiscard(
  invocation: Invocation,
  settings: SidecarSettings,
  { discardWork }: LeaveFlags,
  accepted: readonly UnpushedWork[],
): Promise<readonly UnpushedWork[]> {
  const running = (await runningSidecar(settings)) !== undefined;
  // A job that its sidecar is still at is not left behind.
  const unpushed = (await unpushedWork(settings)).filter(({ what }) => !running || what !== 'job');
  const fresh = unpushed.filter(({ where }) => !accepted.some((one) => one.where === where));
  if (fresh.length === 0 || discardWork === true) return unpushed;
  const refused = new CommandError(
    EXIT.failed,
    'leave.unpushed_work',
    `agent ${settings.name} has work that was not pushed`,
    {
      details: fresh.map(({ what, where }) => ({ path: where, message: what })),
      remedy: 'Let its sidecar finish, fetch the salvaged work, or discard it with --discard-work.',
    },
  );
  if (!invocation.world.canAsk) throw refused;
  for (const { what, where } of fresh) invocation.out.note(`${what.padEnd(9)} ${oneLine(where)}`);
  if (!(await isAgreed(invocation.world, `Discard this unpushed work of agent ${settings.name}?`))) throw refused;
  return unpushed;
}

async function requireStopped(settings: SidecarSettings): Promise<void> {
  const running = await runningSidecar(settings);
  if (running === undefined) return;
  throw failed(
    'leave.sidecar_runs',
    `the sidecar of agent ${settings.name} is still running (${running})`,
    `Stop it where it was started, then run this again; \`agentcom agent resume ${settings.name}\` lets it work on instead.`,
  );
}

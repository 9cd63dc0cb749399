// `agentcom leave`: take an agent of this machine out of its hub, and remove what it had here. It drains the agent, refuses to
// throw work away, and stops no process.

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { SidecarSettings } from '@agentcom/schemas';
import type { Command } from 'commander';
import { removeAgentFiles, unpushedWork } from '../agent-files.js';
import { type Cli, type Session, wholeNumber, withExamples } from '../cli.js';
import type { HubClient } from '../client.js';
import { AGENT_CONFIG } from '../enrol.js';
import { CommandError, EXIT, failed, usageError } from '../exit.js';
import { withProgress } from '../progress.js';
import { defaultDataDir, keyFor } from '../settings.js';
import { duration, shellWord } from '../text.js';
import { sidecarSettings } from './sidecar.js';

interface LeaveFlags {
  readonly config?: string;
  readonly discardWork?: boolean;
  readonly timeout: number;
}

const POLL_MS = 1000;

export function addLeaveCommand(program: Command, cli: Cli): void {
  const command = program
    .command('leave')
    .description('take an agent of this machine out of its hub')
    .option('--config <file>', 'its configuration; not needed when there is only one agent here')
    .option('--timeout <seconds>', 'how long it may still work on what it has', wholeNumber(0, 86_400), 3600)
    .option('--discard-work', 'also when it has work that was not pushed');
  withExamples(command, 'agentcom leave', 'agentcom leave --config ./agent/sidecar.toml --key-file ./owner.key').action(
    cli.act(leave),
  );
}

async function leave(session: Session, flags: LeaveFlags): Promise<undefined> {
  const { world, out } = session;
  const config = resolve(world.cwd, flags.config ?? (await onlyConfig(session)));
  const settings = await sidecarSettings(world, config);
  const client = await operatorClient(session, settings);
  const isKnown = client !== undefined && (await drained(session, client, settings.name, flags.timeout));
  await requireStopped(settings);
  const unpushed = await unpushedWork(settings);
  if (unpushed.length > 0 && flags.discardWork !== true) {
    throw new CommandError(EXIT.failed, 'leave.unpushed_work', `agent ${settings.name} has work that was not pushed`, {
      details: unpushed.map(({ what, where }) => ({ path: where, message: what })),
      remedy: 'Let its sidecar finish it, fetch what is salvaged, or give it up with --discard-work.',
    });
  }
  if (isKnown) await client.call('agent.remove', { path: { name: settings.name } });
  const removed = await removeAgentFiles(config, settings);
  out.answer({ agent: settings.name, deregistered: client !== undefined, removed }, () =>
    [
      `Agent ${settings.name} has left this machine.`,
      ...(client === undefined
        ? [
            'The hub still lists it, for no key of an operator was given. Whoever runs the hub removes it with:',
            `  agentcom agent remove ${settings.name}`,
          ]
        : []),
    ].join('\n'),
  );
  return undefined;
}

async function onlyConfig({ world }: Session): Promise<string> {
  const agents = join(defaultDataDir(world), 'agents');
  const names = existsSync(agents) ? await readdir(agents) : [];
  const configs = names.map((name) => join(agents, name, AGENT_CONFIG)).filter((path) => existsSync(path));
  const [only, ...others] = configs;
  if (only === undefined) throw usageError(`no agent is set up in ${agents}`, 'Name its configuration with --config.');
  if (others.length === 0) return only;
  throw usageError(
    'several agents are set up here',
    `Choose one:\n${configs.map((path) => `  agentcom leave --config ${shellWord(path)}`).join('\n')}`,
  );
}

/** A client for the agent's hub with an operator's key, or undefined when none is at hand. */
async function operatorClient(session: Session, settings: SidecarSettings): Promise<HubClient | undefined> {
  const given = await session.settings();
  const hub = session.flags.hub === undefined ? settings.hub.replace(/\/+$/, '') : given.hub;
  try {
    return session.clientFor(hub, await keyFor(session.world, session.flags, { ...given, hub }));
  } catch (error) {
    if (error instanceof CommandError && error.code === 'auth.missing' && session.flags.keyFile === undefined)
      return undefined;
    throw error;
  }
}

/** Waits until the agent holds nothing. False when the hub does not know it (any more). */
async function drained(session: Session, client: HubClient, name: string, timeoutSeconds: number): Promise<boolean> {
  const { world } = session;
  const until = world.now() + timeoutSeconds * 1000;
  try {
    const first = await client.call('agent.drain', { path: { name }, body: { reason: 'leaving' } });
    await withProgress(session, 'waiting for its task', async (say) => {
      for (let agent = first; ; agent = await client.call('agent.show', { path: { name } })) {
        const task = agent.task ?? agent.stopping?.task;
        if (task === undefined) return;
        if (!agent.connected) throw busy(`agent ${name} holds task ${task} and is not connected`, task);
        if (world.now() >= until)
          throw busy(`agent ${name} still holds task ${task} after ${duration(timeoutSeconds * 1000)}`, task);
        say(`waiting for task ${task}`);
        await world.sleep(POLL_MS);
      }
    });
    return true;
  } catch (error) {
    if (error instanceof CommandError && error.code === 'agent.not_found') return false;
    throw error;
  }
}

function busy(message: string, task: string): CommandError {
  const remedy = `It drains and takes nothing new. Let its sidecar finish, or cancel the task: agentcom task cancel ${task}`;
  return failed('leave.busy', message, remedy);
}

async function requireStopped(settings: SidecarSettings): Promise<void> {
  const { tryLock } = await import('@agentcom/sidecar/host/lock');
  const attempt = await tryLock(join(settings.stateDir, 'lock'));
  if ('release' in attempt) return attempt.release();
  throw failed(
    'leave.sidecar_runs',
    `the sidecar of agent ${settings.name} runs (process ${attempt.heldBy.pid})`,
    `Stop it where it was started, then run this again; \`agentcom agent resume ${settings.name}\` lets it work on instead.`,
  );
}

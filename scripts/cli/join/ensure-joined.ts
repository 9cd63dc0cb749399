// Makes the machine an agent of the hub, or brings the agent that it is already up to date.

import { enrol, type Joined, type JoinRequest, joinedBy, writeConfig } from '../enrol.js';
import { CommandError, EXIT, failed } from '../exit.js';
import type { Invocation } from '../invocation.js';
import { readKey } from '../settings.js';
import { seenByHub } from './agents-here.js';
import type { ExistingAgent } from './existing-agent.js';
import type { Plan } from './plan.js';
import { promptForToken } from './token.js';

export interface JoinOutcome extends Joined {
  /** Whether it is new to the hub, was known to it already, or got a new key. */
  readonly how: 'joined' | 'kept' | 'renewed';
}

export async function ensureJoined(invocation: Invocation, plan: Plan, rejoin: boolean): Promise<JoinOutcome> {
  const { existing } = plan;
  if (existing === undefined) return { ...(await enrolMachine(invocation, plan, false)), how: 'joined' };
  if (!rejoin && (await isKnown(invocation, existing))) return { ...(await updateConfig(plan, existing)), how: 'kept' };
  return { ...(await enrolMachine(invocation, plan, await needsNewKey(plan, existing, rejoin))), how: 'renewed' };
}

async function updateConfig(
  { hub, config }: Plan,
  { name, dir, config: file, keyFile }: ExistingAgent,
): Promise<Joined> {
  const agent = { agent: name, dir, config: file, keyFile };
  await writeConfig(hub, agent, config);
  return agent;
}

async function isKnown(invocation: Invocation, existing: ExistingAgent): Promise<boolean> {
  const { standing } = await seenByHub(invocation, existing);
  if (standing !== 'unsaid') return standing === 'known';
  throw failed(
    'join.not_ready',
    `cannot reach the hub to check agent ${existing.name}`,
    'Run the command again when the hub is back.',
  );
}

/** The same invitation may ask once more with the same key; a key that was refused under another one stays refused. */
async function needsNewKey({ hub, token, place }: Plan, { dir }: ExistingAgent, rejoin: boolean): Promise<boolean> {
  if (rejoin) return true;
  if (token === undefined) return true;
  const byInvitation = 'dir' in place ? undefined : await joinedBy(hub, token, place.agentsDir);
  return byInvitation !== dir;
}

async function enrolMachine(invocation: Invocation, plan: Plan, renew: boolean): Promise<Joined> {
  const { hub, name, machine, settings, config, place, existing } = plan;
  const token = plan.token ?? (await promptForToken(invocation.world));
  const request: JoinRequest = {
    token,
    ...(name !== undefined && { name }),
    capabilities: settings.capabilities,
    host: machine.host,
    os: machine.os,
    config,
    place: existing === undefined ? place : { dir: existing.dir },
    renew,
  };
  const client = await invocation.clientFor(hub);
  try {
    return await enrol(client, request);
  } catch (error) {
    if (!(error instanceof CommandError) || error.code !== 'agent.name_taken') throw error;
    // The token is good. The name is this machine's own when the key of before says so.
    if (existing === undefined || !(await releaseName(invocation, hub, existing))) throw nameTaken(error, name ?? '');
    return await enrol(client, request);
  }
}

/** Takes the agent out of the hub by its own key, so that its name is free. False when the hub does not know the key. */
async function releaseName(
  invocation: Invocation,
  hub: string,
  { hub: before, name, keyFile }: ExistingAgent,
): Promise<boolean> {
  if (before !== hub) return false;
  try {
    const client = await invocation.clientFor(hub, { key: await readKey(keyFile), from: keyFile });
    await client.call('agent.remove', { path: { name } });
    return true;
  } catch (error) {
    if (error instanceof CommandError && error.exit === EXIT.notAllowed) return false;
    throw error;
  }
}

function nameTaken(error: CommandError, name: string): CommandError {
  return new CommandError(error.exit, error.code, error.message, {
    details: error.details,
    remedy: `Choose another --name. If ${name} was this machine, ask an operator to remove it (agentcom agent remove ${name}), then retry.`,
    cause: error,
  });
}

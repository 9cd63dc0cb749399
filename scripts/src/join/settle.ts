// Makes the machine an agent of the hub, or brings the agent that it is already up to date.

import type { Session } from '../cli.js';
import { enrol, type Joined, type JoinRequest, joinedBy, writeConfig } from '../enrol.js';
import { CommandError, EXIT, failed } from '../exit.js';
import { readKey } from '../settings.js';
import { standingOf } from './agents-here.js';
import type { Earlier } from './earlier.js';
import type { Plan } from './plan.js';
import { askedToken } from './token.js';

export interface Settled extends Joined {
  /** Whether it is new to the hub, was known to it already, or got a new key. */
  readonly how: 'joined' | 'kept' | 'renewed';
}

export async function settled(session: Session, plan: Plan, rejoin: boolean): Promise<Settled> {
  const { earlier } = plan;
  if (earlier === undefined) return { ...(await joined(session, plan, false)), how: 'joined' };
  if (!rejoin && (await isKnown(session, earlier))) return { ...(await kept(plan, earlier)), how: 'kept' };
  return { ...(await joined(session, plan, await needsNewKey(plan, earlier, rejoin))), how: 'renewed' };
}

async function kept({ hub, config }: Plan, { name, dir, config: file, keyFile }: Earlier): Promise<Joined> {
  const agent = { agent: name, dir, config: file, keyFile };
  await writeConfig(hub, agent, config);
  return agent;
}

async function isKnown(session: Session, earlier: Earlier): Promise<boolean> {
  const standing = await standingOf(session, earlier);
  if (standing !== 'unsaid') return standing === 'known';
  throw failed(
    'join.not_ready',
    `the hub does not say whether it knows agent ${earlier.name}`,
    'Run the command again.',
  );
}

/** The same invitation may ask once more with the same key; a key that was refused under another one stays refused. */
async function needsNewKey({ hub, token, place }: Plan, { dir }: Earlier, rejoin: boolean): Promise<boolean> {
  if (rejoin) return true;
  if (token === undefined) return true;
  const byInvitation = 'dir' in place ? undefined : await joinedBy(hub, token, place.agentsDir);
  return byInvitation !== dir;
}

async function joined(session: Session, plan: Plan, renew: boolean): Promise<Joined> {
  const { hub, name, machine, settings, config, place, earlier } = plan;
  const token = plan.token ?? (await askedToken(session.world));
  const request: JoinRequest = {
    token,
    ...(name !== undefined && { name }),
    capabilities: settings.capabilities,
    host: machine.host,
    os: machine.os,
    config,
    place: earlier === undefined ? place : { dir: earlier.dir },
    renew,
  };
  const client = session.clientFor(hub);
  try {
    return await enrol(client, request);
  } catch (error) {
    if (!(error instanceof CommandError) || error.code !== 'agent.name_taken') throw error;
    // The token is good. The name is this machine's own when the key of before says so.
    if (earlier === undefined || !(await gaveUp(session, hub, earlier))) throw taken(error, name ?? '');
    return await enrol(client, request);
  }
}

/** Takes the agent out of the hub by its own key, so that its name is free. False when the hub does not know the key. */
async function gaveUp(session: Session, hub: string, { hub: before, name, keyFile }: Earlier): Promise<boolean> {
  if (before !== hub) return false;
  try {
    await session.clientFor(hub, await readKey(keyFile)).call('agent.remove', { path: { name } });
    return true;
  } catch (error) {
    if (error instanceof CommandError && error.exit === EXIT.notAllowed) return false;
    throw error;
  }
}

function taken(error: CommandError, name: string): CommandError {
  return new CommandError(error.exit, error.code, error.message, {
    details: error.details,
    remedy: `Choose another --name. Or, if ${name} was this machine, let whoever runs the hub take the old one out with \`agentcom agent remove ${name}\`, and run this again.`,
    cause: error,
  });
}

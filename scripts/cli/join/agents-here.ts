// The agents of this user that have joined on this machine, in the usual place or by `--dir` elsewhere.

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentView, SidecarSettings } from '@agentcom/schemas';
import { holderOf } from '@agentcom/schemas/host';
import { AGENT_CONFIG } from '../enrol.js';
import { CommandError } from '../exit.js';
import type { Invocation } from '../invocation.js';
import { defaultDataDir, readKey } from '../settings.js';
import { oneLine, shellWord } from '../text.js';
import type { World } from '../world.js';
import { registered } from './registry.js';

export function agentsDir(world: World): string {
  return join(defaultDataDir(world), 'agents');
}

/** Their configurations: those in the usual place first, by name. */
export async function configsHere(world: World): Promise<readonly string[]> {
  const usual = await usualConfigs(world);
  const elsewhere = (await registered(world)).filter((path) => !usual.includes(path) && existsSync(path));
  return [...usual, ...elsewhere.sort()];
}

/** Of those in the usual place. */
export async function usualConfigs(world: World): Promise<readonly string[]> {
  const dir = agentsDir(world);
  const names = existsSync(dir) ? await readdir(dir) : [];
  return names
    .sort()
    .map((name) => join(dir, name, AGENT_CONFIG))
    .filter((path) => existsSync(path));
}

type Identity = Pick<SidecarSettings, 'hub' | 'keyFile' | 'name'>;

/** What the hub makes of the agent's own key; `unsaid` when it does not answer. */
export type Standing = 'known' | 'unknown' | 'unsaid';

export async function standingOf(invocation: Invocation, settings: Identity): Promise<Standing> {
  try {
    await asSeenByHub(invocation, settings);
    return 'known';
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    // Valid, although it may not ask this.
    if (error.code === 'auth.forbidden') return 'known';
    const isUnknown = ['auth.invalid', 'auth.missing', 'agent.not_found'].includes(error.code);
    return isUnknown ? 'unknown' : 'unsaid';
  }
}

async function asSeenByHub(invocation: Invocation, { hub, keyFile, name }: Identity): Promise<AgentView> {
  const client = await invocation.clientFor(hub.replace(/\/+$/, ''), { key: await readKey(keyFile), from: keyFile });
  return client.call('agent.show', { path: { name } });
}

export interface IdleReason {
  readonly text: string;
  /** Its sidecar cannot change it. */
  readonly lasts: boolean;
}

/** Why an agent that has joined gets no task; none when nothing is known. */
export async function whyIdle(invocation: Invocation, agent: Identity): Promise<readonly IdleReason[]> {
  const found = await asSeenByHub(invocation, agent).catch((error: unknown) => {
    if (error instanceof CommandError) return undefined;
    throw error;
  });
  if (found === undefined) return [];
  const resume = `${invocation.world.self} agent resume ${agent.name} --hub ${shellWord(agent.hub)}`;
  const { draining, unfit, limits } = found;
  const lasting = [
    ...(draining === true ? [`It is draining and gets no tasks. To let it take tasks again: ${resume}`] : []),
    ...(limits === undefined ? [] : [`It has reached a usage limit. To let it take tasks before that ends: ${resume}`]),
  ];
  return [
    ...lasting.map((text) => ({ text, lasts: true })),
    ...(unfit === undefined
      ? []
      : [{ text: `It is held back until its sidecar finds this fixed: ${oneLine(unfit.message)}`, lasts: false }]),
  ];
}

/** The sidecar that runs for an agent, such as `process 12`; undefined when none does. */
export async function runningSidecar({ stateDir }: Pick<SidecarSettings, 'stateDir'>): Promise<string | undefined> {
  return existsSync(stateDir) ? holderOf(stateDir) : undefined;
}

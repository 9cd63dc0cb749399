// The agents of this user that have joined on this machine, in the usual place or by `--dir` elsewhere.

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SidecarSettings } from '@agentcom/schemas';
import { holderOf } from '@agentcom/schemas/host';
import { AGENT_CONFIG } from '../enrol.js';
import { CommandError } from '../exit.js';
import type { Invocation } from '../invocation.js';
import { defaultDataDir, readKey } from '../settings.js';
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

/** What the hub makes of the agent's own key; `unsaid` when it does not answer. */
export type Standing = 'known' | 'unknown' | 'unsaid';

export async function standingOf(
  invocation: Invocation,
  settings: Pick<SidecarSettings, 'hub' | 'keyFile' | 'name'>,
): Promise<Standing> {
  try {
    const client = await invocation.clientFor(settings.hub.replace(/\/+$/, ''), {
      key: await readKey(settings.keyFile),
      from: settings.keyFile,
    });
    await client.call('agent.show', { path: { name: settings.name } });
    return 'known';
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    // Valid, although it may not ask this.
    if (error.code === 'auth.forbidden') return 'known';
    const isUnknown = ['auth.invalid', 'auth.missing', 'agent.not_found'].includes(error.code);
    return isUnknown ? 'unknown' : 'unsaid';
  }
}

/** The sidecar that runs for an agent, such as `process 12`; undefined when none does. */
export async function runningSidecar({ stateDir }: Pick<SidecarSettings, 'stateDir'>): Promise<string | undefined> {
  return existsSync(stateDir) ? holderOf(stateDir) : undefined;
}

// The agents of this user that have joined on this machine, in the usual place or by `--dir` elsewhere.

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentView, SidecarSettings } from '@agentcom/schemas';
import { holderOf } from '@agentcom/schemas/host';
import { beyondRunnersText, drainingText, heldBackText, limitedText } from '@agentcom/schemas/idle-agent';
import { AGENT_CONFIG } from '../enrol.js';
import { CommandError } from '../exit.js';
import type { Invocation } from '../invocation.js';
import { defaultDataDir, readKey } from '../settings.js';
import { oneLine, shellWord } from '../text.js';
import type { World } from '../world.js';
import { HUB_TIMEOUT_MS } from './hub-checks.js';
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

/** What the hub makes of an agent's own key, and of the agent as far as the key may see it; `unsaid` when it does not answer. */
export interface SeenByHub {
  readonly standing: 'known' | 'unknown' | 'unsaid';
  readonly agent?: AgentView;
}

export async function seenByHub(invocation: Invocation, { hub, keyFile, name }: Identity): Promise<SeenByHub> {
  try {
    const client = await invocation.clientFor(hub.replace(/\/+$/, ''), { key: await readKey(keyFile), from: keyFile });
    return { standing: 'known', agent: await client.call('agent.show', { path: { name }, timeoutMs: HUB_TIMEOUT_MS }) };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    // Valid, although it may not ask this.
    if (error.code === 'auth.forbidden') return { standing: 'known' };
    const isUnknown = ['auth.invalid', 'auth.missing', 'agent.not_found'].includes(error.code);
    return { standing: isUnknown ? 'unknown' : 'unsaid' };
  }
}

export interface IdleReason {
  readonly text: string;
  /** Its sidecar cannot change it. */
  readonly lasts: boolean;
}

/** Why an agent that has joined gets no task; none when nothing is known. */
export function idleReasons(agent: AgentView | undefined, who: string, resume: string): readonly IdleReason[] {
  if (agent === undefined) return [];
  const { draining, unfit, limits } = agent;
  return [
    ...(draining === true ? [{ text: drainingText(who, resume), lasts: true }] : []),
    ...(limits === undefined ? [] : [{ text: limitedText(who, resume), lasts: true }]),
    ...(unfit === undefined ? [] : [{ text: heldBackText(who, oneLine(unfit.message)), lasts: false }]),
  ];
}

/** Of an agent here, which is told apart by what stands around it. */
export function whyIdle(
  { world }: Invocation,
  { name, hub, runner }: Pick<SidecarSettings, 'name' | 'hub' | 'runner'>,
  agent: AgentView | undefined,
): readonly IdleReason[] {
  const kinds = [runner.kind, ...runner.also];
  const allowed = agent?.runners;
  const isBeyond = allowed !== undefined && !kinds.some((kind) => allowed.includes(kind));
  return [
    ...(isBeyond ? [{ text: beyondRunnersText('It', allowed, kinds), lasts: true }] : []),
    ...idleReasons(agent, 'It', `${world.self} agent resume ${name} --hub ${shellWord(hub)}`),
  ];
}

/** The sidecar that runs for an agent, such as `process 12`; undefined when none does. */
export async function runningSidecar({ stateDir }: Pick<SidecarSettings, 'stateDir'>): Promise<string | undefined> {
  return existsSync(stateDir) ? holderOf(stateDir) : undefined;
}

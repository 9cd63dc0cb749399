// The agent that `join` is about, when it is on this machine already: running the command again goes on with it.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inUsualCase } from '@agentcom/schemas/address-case';
import { readBounded } from '@agentcom/schemas/host';
import { parse } from 'smol-toml';
import { AGENT_CONFIG, AGENT_KEY, joinedBy, type Place } from '../enrol.js';
import { usageError } from '../exit.js';
import { shellWord } from '../text.js';
import type { World } from '../world.js';
import { sharedSettings, type Table } from './agent-config.js';
import { usualConfigs } from './agents-here.js';

export interface ExistingAgent {
  readonly name: string;
  readonly hub: string;
  readonly dir: string;
  readonly config: string;
  readonly keyFile: string;
  readonly stateDir: string;
  /** Its settings without what belongs to it alone. */
  readonly shared: Table;
}

interface Question {
  readonly place: Place;
  readonly hub: string;
  readonly name?: string;
  readonly token?: string;
}

/** Found by its directory, its name, the invitation that made it, or for being the only one here of that hub. */
export async function findExistingAgent(world: World, question: Question): Promise<ExistingAgent | undefined> {
  const { place, name, hub, token } = question;
  if ('dir' in place) return existingAgentAt(join(place.dir, AGENT_CONFIG));
  if (name !== undefined) return existingAgentAt(join(place.agentsDir, name, AGENT_CONFIG));
  if (token !== undefined) {
    const dir = await joinedBy(hub, token, place.agentsDir);
    return dir === undefined ? undefined : existingAgentAt(join(dir, AGENT_CONFIG));
  }
  const all = await Promise.all((await usualConfigs(world)).map(existingAgentAt));
  const [only, ...others] = all.filter((existing) => existing?.hub === hub);
  return others.length === 0 ? only : undefined;
}

async function existingAgentAt(config: string): Promise<ExistingAgent | undefined> {
  if (!existsSync(config)) return undefined;
  const text = readBounded(config).toString('utf8');
  const dir = dirname(config);
  try {
    const { name, hub, keyFile = join(dir, AGENT_KEY), stateDir = join(dir, 'state') } = parse(text);
    if (typeof name !== 'string' || typeof hub !== 'string') throw new Error('it does not name its agent and hub');
    return {
      name,
      hub: inUsualCase(hub).replace(/\/+$/, ''),
      dir,
      config,
      keyFile: String(keyFile),
      stateDir: String(stateDir),
      shared: sharedSettings(text),
    };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw usageError(
      `${config} cannot be used: ${why}`,
      `Fix the file, or remove the agent with \`agentcom leave --config ${shellWord(config)}\`.`,
    );
  }
}

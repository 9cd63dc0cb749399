// Joins a machine to a hub. The key is made here and kept before anything is asked, so that an answer that was lost can be asked
// for again, by the same command or after a crash, and gives the same agent.

import { createHash, randomBytes } from 'node:crypto';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { compile, Slug } from '@agentcom/schemas';
import { parse, stringify } from 'smol-toml';
import type { HubClient } from './client.js';
import { CommandError, codeOf, EXIT } from './exit.js';
import { createPrivate, makePrivateDir, syncDir, writePrivate } from './private-files.js';
import { readKey } from './settings.js';

const LOST_ANSWER_RETRY_MS = 20_000;

export const AGENT_KEY = 'agent.key';
export const AGENT_CONFIG = 'sidecar.toml';

export interface JoinRequest {
  readonly token: string;
  /** Made up by the hub when absent. */
  readonly name?: string;
  readonly capabilities: readonly string[];
  readonly host: string;
  readonly os: string;
  /** The program that is the agent, and its arguments. */
  readonly argv: readonly string[];
  /** Where repositories are cached and worktrees made; beside the configuration when absent. */
  readonly repoRoot?: string;
  /** Where key, configuration and state go: this directory, or one named after the agent below `agentsDir`. */
  readonly place: { readonly dir: string } | { readonly agentsDir: string };
}

export interface Joined {
  readonly agent: string;
  readonly org: string;
  readonly dir: string;
  readonly config: string;
  readonly keyFile: string;
}

/** `client` needs no key. Throws what the hub refuses. */
export async function enrol(client: HubClient, request: JoinRequest): Promise<Joined> {
  const startDir = startDirOf(client.hub, request);
  await makePrivateDir(startDir);
  await createPrivate(join(startDir, AGENT_KEY), `ac_${randomBytes(32).toString('base64url')}\n`);
  const key = await readKey(join(startDir, AGENT_KEY));
  const answer = await client.call('enrol', {
    body: {
      token: request.token,
      keyHash: createHash('sha256').update(key).digest('hex'),
      ...(request.name !== undefined && { name: request.name }),
      capabilities: request.capabilities,
      host: request.host,
      os: request.os,
    },
    retryForMs: LOST_ANSWER_RETRY_MS,
  });
  if (!isSlug(answer.agent)) {
    throw new CommandError(EXIT.failed, 'hub.not_a_hub', 'the hub gave a name that is no name of an agent');
  }
  const dir = 'dir' in request.place ? request.place.dir : join(request.place.agentsDir, answer.agent);
  await writePrivate(join(startDir, AGENT_CONFIG), configText(client.hub, answer.agent, dir, request));
  if (dir !== startDir) await moveDir(startDir, dir);
  return {
    agent: answer.agent,
    org: answer.org,
    dir,
    config: join(dir, AGENT_CONFIG),
    keyFile: join(dir, AGENT_KEY),
  };
}

export function isSlug(text: string): boolean {
  return compile(Slug)(text).ok;
}

/** As long as the agent has no name, the token names the directory: the same token finds the same key again. */
function startDirOf(hub: string, { place, name, token }: JoinRequest): string {
  if ('dir' in place) return place.dir;
  if (name !== undefined) return join(place.agentsDir, name);
  const digest = createHash('sha256').update(`${hub}\n${token}`).digest('hex');
  return join(place.agentsDir, `.joining-${digest.slice(0, 16)}`);
}

async function moveDir(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (cause) {
    const isTaken = codeOf(cause) === 'ENOTEMPTY' || codeOf(cause) === 'EEXIST';
    if (!isTaken) throw cause;
    throw new CommandError(EXIT.failed, 'join.directory_taken', `${to} holds another agent of the same name`, {
      remedy: `The agent has joined; its key and configuration are in ${from}. Move one of the two directories away.`,
      cause,
    });
  }
  await syncDir(join(to, '..'));
}

/** Keeps a configuration that `join` wrote, for a hub that has moved or an agent program that has. */
export async function rewriteConfig(
  config: string,
  changed: { readonly hub: string; readonly argv: readonly string[] },
): Promise<void> {
  const settings = parse(await readFile(config, 'utf8'));
  const runner = { kind: 'command', argv: [...changed.argv] };
  await writePrivate(config, `${stringify({ ...settings, hub: changed.hub, runner })}\n`);
}

function configText(hub: string, name: string, dir: string, request: JoinRequest): string {
  const settings = {
    hub,
    keyFile: join(dir, AGENT_KEY),
    name,
    capabilities: [...request.capabilities],
    stateDir: join(dir, 'state'),
    repoRoot: request.repoRoot ?? join(dir, 'repos'),
    runner: { kind: 'command', argv: [...request.argv] },
  };
  return `# Agent ${name} of ${hub}, written by \`agentcom join\`. Run it with \`agentcom sidecar --config\` and this file.\n${stringify(settings)}\n`;
}

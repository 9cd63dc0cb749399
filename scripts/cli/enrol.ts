// Joins a machine to a hub. The key is made here and kept before anything is asked, so that an answer that was lost can be asked
// for again, by the same command or after a crash, and gives the same agent.

import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { catalogueEntry, isErrorCode } from '@agentcom/schemas/errors';
import {
  createDurably,
  makePrivateDirectory,
  readBounded,
  removeEmptyDirectory,
  syncDirectory,
  writeDurably,
} from '@agentcom/schemas/host';
import { Slug } from '@agentcom/schemas/primitives';
import { compile } from '@agentcom/schemas/validate';
import { parse, stringify } from 'smol-toml';
import type { HubClient } from './client.js';
import { CommandError, codeOf, EXIT } from './exit.js';
import { configText, type Table } from './join/agent-config.js';
import { readKey } from './settings.js';

const LOST_ANSWER_RETRY_MS = 20_000;

export const AGENT_KEY = 'agent.key';
/** A key that is to take the place of the one before. */
const NEXT_KEY = 'agent.key.next';
export const AGENT_CONFIG = 'sidecar.toml';
/** Which invitation made the agent, as a hash: the same invitation on the same machine means the same agent. */
const AGENT_INVITATION = 'invitation';
/** What joining leaves in the agent's directory, beside key and configuration. */
export const AGENT_FILES = [AGENT_INVITATION, NEXT_KEY];

export interface JoinRequest {
  readonly token: string;
  /** Made up by the hub when absent. */
  readonly name?: string;
  readonly capabilities: readonly string[];
  readonly host: string;
  readonly os: string;
  /** The configuration, without what belongs to this agent alone. */
  readonly config: Table;
  /** Where key, configuration and state go: this directory, or one named after the agent below `agentsDir`. */
  readonly place: Place;
  /** With a new key, although there is one. */
  readonly renew?: boolean;
}

export type Place = { readonly dir: string } | { readonly agentsDir: string };

export interface Joined {
  readonly agent: string;
  readonly dir: string;
  readonly config: string;
  readonly keyFile: string;
}

/** `client` needs no key. Throws what the hub refuses, and then leaves nothing that was not there before. */
export async function enrol(client: HubClient, request: JoinRequest): Promise<Joined> {
  const startDir = await startDirOf(client.hub, request);
  const keyFile = join(startDir, request.renew === true ? NEXT_KEY : AGENT_KEY);
  const isNew = !existsSync(keyFile);
  await makePrivateDirectory(startDir);
  await createDurably(keyFile, `ac_${randomBytes(32).toString('base64url')}\n`);
  const answer = await askHub(client, request, await readKey(keyFile)).catch(async (error: unknown) => {
    if (isNew && hadNoEffect(error)) await forget(keyFile, request.place);
    throw error;
  });
  if (!isSlug(answer.agent)) {
    throw new CommandError(EXIT.failed, 'hub.not_a_hub', 'the hub gave the agent an invalid name');
  }
  const dir = 'dir' in request.place ? request.place.dir : join(request.place.agentsDir, answer.agent);
  const joined = {
    agent: answer.agent,
    dir,
    config: join(dir, AGENT_CONFIG),
    keyFile: join(dir, AGENT_KEY),
  };
  if (request.renew === true) await rename(keyFile, join(startDir, AGENT_KEY));
  await writeDurably(join(startDir, AGENT_INVITATION), `${digestOf(client.hub, request.token)}\n`);
  await writeConfig(client.hub, joined, request.config, startDir);
  if (dir !== startDir) await moveDir(startDir, dir);
  return joined;
}

function askHub(client: HubClient, request: JoinRequest, key: string) {
  return client.call('enrol', {
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
}

/** Writes the configuration of an agent that has joined; `at` is where its directory is until it gets its name. */
export function writeConfig(hub: string, joined: Joined, config: Table, at = joined.dir): Promise<void> {
  const own = {
    hub,
    keyFile: joined.keyFile,
    name: joined.agent,
    stateDir: join(joined.dir, 'state'),
    repoRoot: join(joined.dir, 'repos'),
  };
  return writeDurably(join(at, AGENT_CONFIG), configText(config, own));
}

export function isSlug(text: string): boolean {
  return compile(Slug)(text).ok;
}

/** As long as the agent has no name, the invitation names the directory: the same one finds the same key again. */
async function startDirOf(hub: string, { place, name, token }: JoinRequest): Promise<string> {
  if ('dir' in place) return place.dir;
  if (name !== undefined) return join(place.agentsDir, name);
  const before = await joinedBy(hub, token, place.agentsDir);
  return before ?? join(place.agentsDir, `.joining-${digestOf(hub, token).slice(0, 16)}`);
}

/** The directory of the agent that this invitation made here, if it did. */
export async function joinedBy(hub: string, token: string, agentsDir: string): Promise<string | undefined> {
  const invitation = digestOf(hub, token);
  const names = existsSync(agentsDir) ? await readdir(agentsDir) : [];
  for (const name of names) {
    const text = await readFile(join(agentsDir, name, AGENT_INVITATION), 'utf8').catch(() => '');
    if (text.trim() === invitation) return join(agentsDir, name);
  }
  return undefined;
}

function digestOf(hub: string, token: string): string {
  return createHash('sha256').update(`${hub}\n${token}`).digest('hex');
}

/** The hub has refused, or was never reached: it does not know the key, and never will. */
function hadNoEffect(error: unknown): boolean {
  if (!(error instanceof CommandError) || error.mayHaveTakenEffect) return false;
  if (error.code === 'hub.unreachable') return true;
  return isErrorCode(error.code) && catalogueEntry(error.code).status < 500;
}

async function forget(keyFile: string, place: Place): Promise<void> {
  await rm(keyFile, { force: true });
  await removeEmptyDirectory(dirname(keyFile));
  if ('agentsDir' in place) await removeEmptyDirectory(place.agentsDir);
}

async function moveDir(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (cause) {
    const isTaken = codeOf(cause) === 'ENOTEMPTY' || codeOf(cause) === 'EEXIST';
    if (!isTaken) throw cause;
    throw new CommandError(EXIT.failed, 'join.directory_taken', `${to} belongs to another agent of the same name`, {
      remedy: `The agent has joined; its key and configuration are in ${from}. Move one of the two directories.`,
      cause,
    });
  }
  await syncDirectory(join(to, '..'));
}

/** Keeps a configuration that `join` wrote, for a hub or an agent program that has moved, and what the machine offers now. */
export async function rewriteConfig(
  config: string,
  changed: {
    readonly hub: string;
    readonly argv: readonly string[];
    readonly capabilities: readonly string[];
    readonly git: Table;
  },
): Promise<void> {
  const settings = parse(readBounded(config).toString('utf8'));
  const { hub, argv, capabilities, git } = changed;
  const runner = { kind: 'command', argv: [...argv] };
  await writeDurably(config, `${stringify({ ...settings, hub, capabilities: [...capabilities], git, runner })}\n`);
}

// Hubs by name: each with the file of the key that belongs to it, so that no key is sent to another hub. One of them is in use.

import { join } from 'node:path';
import { readBounded } from '@agentcom/schemas/host/bounded-file';
import { codeOf, failed } from './exit.js';
import type { World } from './world.js';

export interface Context {
  readonly hub: string;
  /** Absolute. */
  readonly keyFile: string;
}

export interface Contexts {
  /** Undefined: the hub that is found without any context. */
  readonly current: string | undefined;
  readonly byName: Readonly<Record<string, Context>>;
}

type Places = Pick<World, 'env' | 'home'>;

/** What is used when no context is. */
export const LOCAL = 'local';

const NONE: Contexts = { current: undefined, byName: {} };

export function contextsFile({ env, home }: Places): string {
  return join(env.XDG_CONFIG_HOME || join(home, '.config'), 'agentcom', 'contexts.json');
}

export async function readContexts(places: Places): Promise<Contexts> {
  const path = contextsFile(places);
  let text: string;
  try {
    text = readBounded(path).toString('utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ENOTDIR') return NONE;
    throw failed('settings.unreadable', `${path} cannot be read (${codeOf(cause)})`);
  }
  const contexts = parsed(text);
  if (contexts !== undefined) return contexts;
  throw failed('settings.invalid', `${path} is not a list of contexts`, 'Remove the file and add the contexts again.');
}

export async function writeContexts(places: Places, contexts: Contexts): Promise<void> {
  const { makePrivateDirectory, writeDurably } = await import('@agentcom/schemas/host');
  const path = contextsFile(places);
  await makePrivateDirectory(join(path, '..'));
  await writeDurably(path, `${JSON.stringify(contexts, undefined, 2)}\n`);
}

/** The context in use; undefined when none is. */
export async function currentContext(places: Places): Promise<Context | undefined> {
  const { current, byName } = await readContexts(places);
  return current !== undefined && Object.hasOwn(byName, current) ? byName[current] : undefined;
}

function parsed(text: string): Contexts | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isTable(value) || !isTable(value.byName)) return undefined;
  if (value.current !== undefined && typeof value.current !== 'string') return undefined;
  const isWhole = Object.values(value.byName).every(
    (one) => isTable(one) && typeof one.hub === 'string' && typeof one.keyFile === 'string',
  );
  return isWhole ? { current: value.current, byName: value.byName as Contexts['byName'] } : undefined;
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

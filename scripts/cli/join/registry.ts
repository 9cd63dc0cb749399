// Which agents of this user have joined outside the usual place, by `--dir`: one private file for each, which names its configuration. So that
// whoever looks at this machine sees them too.

import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateDirectory, removeEmptyDirectory, writeDurably } from '@agentcom/schemas/host';
import { defaultDataDir } from '../settings.js';
import type { World } from '../world.js';

export async function register(world: World, config: string): Promise<void> {
  await makePrivateDirectory(placeOf(world));
  await writeDurably(registryFile(world, config), `${config}\n`);
}

export async function unregister(world: World, config: string): Promise<void> {
  await rm(registryFile(world, config), { force: true });
  await removeEmptyDirectory(placeOf(world));
}

/** Their configurations, whether or not those are still there. */
export async function registered(world: World): Promise<readonly string[]> {
  const place = placeOf(world);
  const names = await readdir(place).catch(() => []);
  const configs = await Promise.all(names.map((name) => readFile(join(place, name), 'utf8').catch(() => '')));
  return configs.map((config) => config.trim()).filter((config) => config.startsWith('/'));
}

function placeOf(world: World): string {
  return join(defaultDataDir(world), 'joined');
}

/** What notes it. */
export function registryFile(world: World, config: string): string {
  return join(placeOf(world), createHash('sha256').update(config).digest('hex').slice(0, 32));
}

// `agentcom` as a command of this user, for a machine that got it as one file.

import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeDirectories, removeEmptyDirectory, writeDurably } from '@agentcom/schemas/host';
import { launcherText } from '../service/launcher.js';
import { defaultDataDir } from '../settings.js';
import { shellWord } from '../text.js';
import type { World } from '../world.js';

const MARK = '# Runs the AgentCom command that `agentcom join` put here.';

/** Where the one file lies once it is installed. */
export function bundleFile(world: World): string {
  return join(defaultDataDir(world), 'bin', 'agentcom.mjs');
}

/** How a person calls the command from now on. Makes the wrapper when the bundle is what runs and nobody else's is there. */
export async function installWrapper(world: World): Promise<string> {
  const bundle = bundleFile(world);
  if (world.entry !== bundle) return world.self;
  const path = wrapperFile(world);
  if ((await isOurs(path)) === false) return `node ${shellWord(bundle)}`;
  const text = launcherText(MARK, { node: process.execPath, entry: bundle, nodeArgs: [], args: [] });
  await makeDirectories(dirname(path));
  await writeDurably(path, text, 0o755);
  return isInPath(world, dirname(path)) ? 'agentcom' : shellWord(path);
}

/** Removes wrapper and bundle; what of them was there. */
export async function removeWrapper(world: World): Promise<readonly string[]> {
  if (world.entry !== bundleFile(world)) return [];
  const removed = (await isOurs(wrapperFile(world))) === true ? [wrapperFile(world), world.entry] : [world.entry];
  for (const path of removed) await rm(path, { force: true });
  const emptied = [dirname(wrapperFile(world)), dirname(world.entry), defaultDataDir(world)];
  for (const path of emptied) await removeEmptyDirectory(path);
  return removed;
}

function wrapperFile({ home }: World): string {
  return join(home, '.local', 'bin', 'agentcom');
}

/** Undefined when there is nothing. */
async function isOurs(path: string): Promise<boolean | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text?.includes(MARK);
}

function isInPath({ env }: World, folder: string): boolean {
  return (env.PATH ?? '').split(':').includes(folder);
}

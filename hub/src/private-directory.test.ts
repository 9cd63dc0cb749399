import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { privateDirectory } from './identity.js';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentcom-identity-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

async function mended(path = dir): Promise<string[]> {
  const paths: string[] = [];
  await privateDirectory(path, (one) => paths.push(one));
  return paths;
}

test('what others could read is taken from them, and told of once', async () => {
  const key = join(dir, 'owner.key');
  await writeFile(key, 'ac_x\n');
  await chmod(key, 0o640);
  await chmod(dir, 0o755);
  expect(await mended()).toEqual([dir, key]);
  expect(await Promise.all([dir, key].map(modeOf))).toEqual([0o700, 0o600]);
  expect(await mended()).toEqual([]);
});

test('a new directory is private', async () => {
  const fresh = join(dir, 'a', 'b');
  expect(await mended(fresh)).toEqual([]);
  expect(await modeOf(fresh)).toBe(0o700);
});

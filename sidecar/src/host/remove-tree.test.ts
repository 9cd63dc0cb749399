import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { removeTree } from './remove-tree.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentcom-remove-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

// Nothing is read-only to root.
it.skipIf(process.getuid?.() === 0)('removes what is read-only, and only what is inside', async () => {
  const outside = join(dir, 'outside');
  const cache = join(dir, 'tree', 'cache', 'inner');
  await mkdir(cache, { recursive: true });
  await mkdir(outside);
  await writeFile(join(cache, 'file'), '');
  await writeFile(join(outside, 'file'), '');
  await symlink(outside, join(cache, 'link'));
  for (const path of [outside, cache, join(dir, 'tree', 'cache')]) await chmod(path, 0o555);
  await removeTree(join(dir, 'tree'));
  expect(existsSync(join(dir, 'tree'))).toBe(false);
  await expect(writeFile(join(outside, 'new'), '')).rejects.toThrow('EACCES');
});

it('removes a link and not what it leads to, and minds nothing that is not there', async () => {
  await writeFile(join(dir, 'file'), '');
  await symlink(join(dir, 'file'), join(dir, 'link'));
  for (const name of ['link', 'link']) await removeTree(join(dir, name));
  expect(existsSync(join(dir, 'file'))).toBe(true);
});

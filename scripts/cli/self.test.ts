import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ownCommand } from './self.js';
import { temporaryDir } from './testing.js';

let dir: Awaited<ReturnType<typeof temporaryDir>>;
let checkout: string;
let entry: string;
let launcher: string;

beforeEach(async () => {
  dir = await temporaryDir();
  checkout = join(dir.path, 'checkout');
  entry = join(checkout, 'scripts', 'dist', 'main.js');
  launcher = join(checkout, 'scripts', 'agentcom.mjs');
  for (const path of [join(checkout, 'scripts', 'dist'), join(dir.path, 'bin'), join(dir.path, '.local', 'bin')]) {
    await mkdir(path, { recursive: true });
  }
  for (const path of [entry, launcher]) await writeFile(path, '');
});
afterEach(() => dir.remove());

const command = (env: Record<string, string>, from = entry, cwd = '/') =>
  ownCommand({ env, home: dir.path, cwd, entry: from });

it('is agentcom where the PATH leads to this program', async () => {
  await symlink(launcher, join(dir.path, 'bin', 'agentcom'));
  expect(command({ PATH: `/nowhere:${join(dir.path, 'bin')}` })).toBe('agentcom');
});

it('is a path where the PATH leads to another program of that name', async () => {
  await writeFile(join(dir.path, 'bin', 'agentcom'), '#!/bin/sh\necho another\n');
  expect(command({ PATH: join(dir.path, 'bin') })).toBe(`node ${launcher}`);
});

it('is npx agentcom for who called npm in the checkout, and a path for who did elsewhere', () => {
  expect(command({ npm_command: 'exec' }, entry, join(checkout, 'hub'))).toBe('npx agentcom');
  expect(command({ npm_command: 'start', INIT_CWD: checkout }, entry, '/')).toBe('npx agentcom');
  expect(command({ npm_command: 'exec', INIT_CWD: '/' }, entry, checkout)).toBe(`node ${launcher}`);
});

it('is the wrapper of a machine that joined, by its path when its folder is not on the PATH', async () => {
  const bundle = join(dir.path, 'agentcom.mjs');
  const wrapper = join(dir.path, '.local', 'bin', 'agentcom');
  await writeFile(wrapper, `#!/bin/sh\nexec node ${bundle} "$@"\n`);
  await chmod(wrapper, 0o755);
  expect(command({ PATH: '/usr/bin' }, bundle)).toBe(wrapper);
  expect(command({ PATH: join(dir.path, '.local', 'bin') }, bundle)).toBe('agentcom');
});

it('is the wrapper of a server, which names the program by a link to the release that runs', async () => {
  await symlink(checkout, join(dir.path, 'current'));
  const wrapper = join(dir.path, 'bin', 'agentcom');
  await writeFile(wrapper, `#!/bin/sh\nexec /bin/node ${join(dir.path, 'current/scripts/dist/main.js')} "$@"\n`);
  expect(command({ PATH: join(dir.path, 'bin') })).toBe('agentcom');
});

it('is Node with the file when nothing else leads to it', () => {
  expect(command({}, '/opt/my tools/agentcom.mjs')).toBe("node '/opt/my tools/agentcom.mjs'");
});

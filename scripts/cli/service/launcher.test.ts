// By /bin/sh, as a service and a person start it.

import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { temporaryDir } from '../testing.js';
import { launcherText, writeLauncher } from './launcher.js';
import { sidecarProgram } from './programs.js';

const run = promisify(execFile);
/** What a Node says of itself is asked of the real one; what it would run is told. */
const FAKE = `#!/bin/sh\nif [ "$1" = -e ]; then exec "${process.execPath}" "$@"; fi\necho "$0" "$@"\n`;

let dir: Awaited<ReturnType<typeof temporaryDir>>;
let home: string;
let node: string;

beforeEach(async () => {
  dir = await temporaryDir();
  home = join(dir.path, "it's a home");
  node = await nodeAt(join(home, '.nvm', 'versions', 'node', 'v20.19.0', 'bin'));
  await writeFile(join(dir.path, 'agentcom.mjs'), '');
});
afterEach(() => dir.remove());

async function nodeAt(bin: string, text = FAKE): Promise<string> {
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, 'node'), text);
  await chmod(join(bin, 'node'), 0o755);
  return join(bin, 'node');
}

const start = () => ({
  node,
  nodeArgs: ['--flag'],
  entry: join(dir.path, 'agentcom.mjs'),
  args: ['sidecar', '--config', 'a b'],
});

async function started(...args: readonly string[]) {
  const [shell, file] = await writeLauncher(dir.path, sidecarProgram('tern'), start());
  return run(shell, [file as string, ...args], { env: { HOME: home, PATH: '/nowhere' } });
}

it('starts the command by the Node it was set up with, every word as it is', async () => {
  const { stdout, stderr } = await started('more');
  expect(stdout).toBe(`${node} --flag ${dir.path}/agentcom.mjs sidecar --config a b more\n`);
  expect(stderr).toBe('');
});

it('finds the Node that a version manager has put in the place of the former one', async () => {
  const moved = join(dirname(dirname(dirname(node))), 'v22.1.0', 'bin');
  await nodeAt(moved);
  await rm(dirname(node), { recursive: true });
  const { stdout, stderr } = await started();
  expect(stdout).toContain(`${moved}/node --flag`);
  expect(stderr).toContain(`using ${moved}/node`);
});

it('takes no Node that is too old or does not run, and says what to do when there is no other', async () => {
  await nodeAt(dirname(node), '#!/bin/sh\nexit 1\n');
  const text = launcherText('#', start()).replaceAll(/ \/(?:opt|usr|snap)\/\S*node/g, '');
  const none = run('/bin/sh', ['-c', text], { env: { HOME: home, PATH: '/nowhere' } });
  await expect(none).rejects.toMatchObject({
    code: 78,
    stderr: expect.stringContaining('Install Node 20.19 or newer'),
  });
});

it('says what to do when the command is gone', async () => {
  await rm(join(dir.path, 'agentcom.mjs'));
  await expect(started()).rejects.toMatchObject({ code: 78, stderr: expect.stringContaining('agentcom.mjs') });
});

it('may be started by a link, and is nothing that only its owner can run', async () => {
  await started();
  await symlink(join(dir.path, 'start.sh'), join(dir.path, 'link'));
  const { stdout } = await run(join(dir.path, 'link'), [], { env: { HOME: home, PATH: '/nowhere' } });
  expect(stdout).toContain(node);
  expect(await readFile(join(dir.path, 'start.sh'), 'utf8')).toContain('Written by `agentcom join`');
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EXIT } from '../exit.js';
import { runCommandLine } from '../program.js';
import { temporaryDir, testWorld } from '../testing.js';

let dir: Awaited<ReturnType<typeof temporaryDir>>;

beforeEach(async () => {
  dir = await temporaryDir();
});
afterEach(() => dir.remove());

it('does not show its key to a hub that is not encrypted, unless its configuration says so', async () => {
  const config = join(dir.path, 'sidecar.toml');
  const start = async (more: string) => {
    const own = [
      'name = "a"',
      `keyFile = "${join(dir.path, 'no-such-key')}"`,
      `stateDir = "${join(dir.path, 'state')}"`,
      `repoRoot = "${join(dir.path, 'repos')}"`,
    ];
    await writeFile(
      config,
      ['hub = "http://hub.example:7700"', ...own, more, '[runner]', 'argv = ["true"]'].join('\n'),
    );
    const world = testWorld({ home: dir.path });
    return { exit: await runCommandLine(world, ['sidecar', '--config', config]), err: world.err() };
  };
  const refused = await start('');
  expect(refused).toMatchObject({
    exit: EXIT.usage,
    err: expect.stringContaining('hub.example:7700 is not encrypted'),
  });
  // Then it looks for its key.
  expect(await start('insecure = true')).toMatchObject({ exit: EXIT.notAllowed });
});

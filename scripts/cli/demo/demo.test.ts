// The demonstration with an agent of an earlier start that the hub gives no tasks.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunningHub } from '@agentcom/hub/main';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { schemaHub } from '../fixture.js';
import { Invocation } from '../invocation.js';
import { KEY, problem, type TestHub, temporaryDir, testWorld } from '../testing.js';
import { Demo } from './demo.js';

const SHOWN = {
  org: 'default',
  name: 'builder',
  state: 'idle',
  connected: false,
  unresponsive: false,
  capabilities: [],
  enrolledAt: '2026-01-31T11:00:00Z',
};

let dir: Awaited<ReturnType<typeof temporaryDir>>;
let hub: TestHub;
let draining = true;

beforeEach(async () => {
  dir = await temporaryDir();
  hub = await schemaHub({
    'agent.show': () => ({ status: 200, body: { ...SHOWN, draining } }),
    // That is all of the task that is wanted here.
    'task.submit': () => problem(403, 'auth.forbidden', 'no task'),
  });
  await mkdir(join(dir.path, 'demo', 'agent'), { recursive: true });
  await writeFile(join(dir.path, 'demo', 'agent', 'sidecar.toml'), 'name = "builder"\n');
  await writeFile(join(dir.path, 'owner.key'), KEY, { mode: 0o600 });
  await writeFile(join(dir.path, 'main.js'), '');
});
afterEach(async () => {
  await hub.stop();
  await dir.remove();
});

async function warnings() {
  const world = {
    ...testWorld({ env: { PATH: process.env.PATH ?? '' }, home: dir.path }),
    entry: join(dir.path, 'main.js'),
  };
  const running = { url: hub.url, keyFile: join(dir.path, 'owner.key'), dataDir: dir.path } as RunningHub;
  const demo = new Demo(new Invocation(world, {}), running);
  await demo.run();
  await demo.stop();
  return world.err();
}

it('says at once that its agent is draining, and how to let it take tasks again', async () => {
  const resume = `agentcom agent resume builder --hub ${hub.url} --key-file ${join(dir.path, 'owner.key')}`;
  const said = `warning: The demonstration's agent builder is draining and gets no tasks. To let it take tasks again: ${resume}\n`;
  draining = true;
  expect(await warnings()).toBe(said);
  draining = false;
  expect(await warnings()).toBe('');
});

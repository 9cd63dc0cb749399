import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runProgram } from '../command-line.js';
import { EXIT } from '../exit.js';
import { TestMachine } from '../join/testing.js';
import { MACHINE_COMMANDS } from '../machine-program.js';
import { problem, type Reply, type TestHub, temporaryDir, testHub, testWorld } from '../testing.js';

let dir: Awaited<ReturnType<typeof temporaryDir>>;
let machine: TestMachine;
let hub: TestHub;
let health: object = { status: 'healthy', reasons: [] };
let shown: Reply = { status: 200, body: { name: 'builder' } };

beforeEach(async () => {
  dir = await temporaryDir();
  machine = await TestMachine.at(dir.path);
  await machine.program('git', 'echo git version 2.47.1');
  await machine.program('agent', 'exit 0');
  const date = new Date(testWorld().now()).toUTCString();
  hub = await testHub(({ url }) => {
    if (url.endsWith('/healthz')) return { status: 200, body: health, headers: { date } };
    return url.endsWith('/enrol') ? { status: 201, body: { agent: 'builder', org: 'default', hub: 'x' } } : shown;
  });
  shown = { status: 200, body: { name: 'builder' } };
  health = { status: 'healthy', reasons: [] };
});
afterEach(async () => {
  await hub.stop();
  await dir.remove();
});

async function run(...args: readonly string[]) {
  const world = testWorld({ home: machine.home, env: { ...machine.env, AGENTCOM_TOKEN: 't' } });
  const exit = await runProgram(world, args, MACHINE_COMMANDS);
  return { exit, world };
}

it('says how the machine and every agent on it stand', async () => {
  await run('join', hub.url, '--no-test', '--', 'agent');
  const { exit, world } = await run('doctor');
  expect(exit).toBe(EXIT.done);
  expect(world.out()).toMatch(/pass +git +2\.47\.1/);
  for (const check of ['hub', 'clock', 'key', 'disk', 'command'])
    expect(world.out()).toMatch(new RegExp(`pass +builder: ${check} `));
  expect(world.out()).toContain(`agentcom sidecar --config ${join(machine.home, '.local')}`);
});

it('fails for an agent whose program is gone or whose key is no longer accepted, with what to do', async () => {
  await run('join', hub.url, '--no-test', '--', 'agent');
  await machine.unlink('agent');
  expect((await run('doctor')).exit).toBe(EXIT.failed);
  await machine.program('agent', 'exit 0');
  shown = problem(401, 'auth.invalid', 'unknown');
  const { exit, world } = await run('doctor', '--json');
  expect(exit).toBe(EXIT.failed);
  const [{ checks }] = world.lines() as [{ checks: { name: string; state: string; remedy?: string }[] }];
  expect(checks.filter(({ state }) => state === 'fail')).toMatchObject([
    { name: 'builder: key', remedy: expect.stringContaining('--rejoin') },
  ]);
});

it("warns of a hub that works but is not well, in the hub's own words", async () => {
  health = { status: 'degraded', reasons: [{ code: 'low_disk', message: 'the disk is nearly full' }] };
  await run('join', hub.url, '--no-test', '--', 'agent');
  const { exit, world } = await run('doctor');
  expect(exit).toBe(EXIT.done);
  expect(world.out()).toMatch(/warn +builder: hub .*not well: the disk is nearly full/);
});

it('says what answers in place of a hub', async () => {
  health = { welcome: 'to our network' };
  const { exit, world } = await run('doctor', '--hub', hub.url);
  expect(exit).toBe(EXIT.failed);
  expect(world.out()).toContain("is not an AgentCom hub: it answered with JSON that is not a hub's (HTTP 200)");
});

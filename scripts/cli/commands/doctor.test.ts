import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
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
let status = 200;
let shown: Reply = { status: 200, body: { name: 'builder' } };

beforeEach(async () => {
  dir = await temporaryDir();
  machine = await TestMachine.at(dir.path);
  await machine.program('git', 'echo git version 2.47.1');
  await machine.program('agent', 'exit 0');
  await writeFile(join(dir.path, 'agentcom.mjs'), '');
  const date = new Date(testWorld().now()).toUTCString();
  hub = await testHub(({ url }) => {
    if (url.endsWith('/healthz')) return { status, body: health, headers: { date } };
    return url.endsWith('/enrol') ? { status: 201, body: { agent: 'builder', org: 'default', hub: 'x' } } : shown;
  });
  shown = { status: 200, body: { name: 'builder' } };
  health = { status: 'healthy', reasons: [] };
  status = 200;
});
afterEach(async () => {
  await hub.stop();
  await dir.remove();
});

async function run(...args: readonly string[]) {
  const entry = join(dir.path, 'agentcom.mjs');
  const world = { ...testWorld({ home: machine.home, env: { ...machine.env, AGENTCOM_TOKEN: 't' } }), entry };
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

it('asks a hub that is not ready once, whatever number of agents it has here', async () => {
  await run('join', hub.url, '--no-test', '--', 'agent');
  health = { status: 'not_ready', reasons: [] };
  status = 503;
  const before = hub.received.length;
  const { world } = await run('doctor', '--hub', hub.url);
  expect(world.out()).toMatch(
    /fail +hub .*not ready[\s\S]*fail +builder: hub .*not ready[\s\S]*warn +builder: key +not checked/,
  );
  expect(hub.received.length - before).toBe(1);
});

it('sees agents that joined in a place of their own, as `leave` does, until they have left', async () => {
  const place = join(dir.path, 'a place');
  await run('join', hub.url, '--no-test', '--dir', place, '--', 'agent');
  const { world } = await run('doctor');
  expect(world.out()).toMatch(/pass +builder: key/);
  expect(world.out()).toContain(`'${join(place, 'sidecar.toml')}'`);
  expect((await run('leave', '--without-hub')).exit).toBe(EXIT.done);
  expect((await run('doctor')).world.out()).not.toContain('builder');
  expect(existsSync(join(machine.home, '.local', 'share', 'agentcom', 'joined'))).toBe(false);
});

it('says that an agent was here when its directory is gone', async () => {
  const place = join(dir.path, 'place');
  await run('join', hub.url, '--no-test', '--dir', place, '--', 'agent');
  await rm(place, { recursive: true });
  expect((await run('doctor')).world.out()).toContain('its configuration is gone');
});

it('names what a service starts that is gone, and the line that writes it anew', async () => {
  await machine.program('systemctl', 'exit 0');
  await run('join', hub.url, '--no-test', '--service', '--', 'agent');
  const agent = join(machine.home, '.local', 'share', 'agentcom', 'agents', 'builder');
  expect((await run('doctor')).world.out()).toMatch(/pass +builder: service/);
  const launcher = join(agent, 'start.sh');
  await writeFile(
    launcher,
    (await readFile(launcher, 'utf8')).replace(/^entry=.*$/m, "entry='/gone with/agentcom.mjs'"),
  );
  const moved = await run('doctor');
  expect(moved.exit).toBe(EXIT.failed);
  expect(moved.world.out()).toContain('/gone with/agentcom.mjs, which is gone');
  await rm(launcher);
  expect((await run('doctor')).world.out()).toMatch(/fail +builder: service .*start\.sh, which is gone/);
  const unit = join(machine.home, '.config', 'systemd', 'user', 'agentcom-builder.service');
  const before = '"/home/u/.nvm/versions/node/v20.1.0/bin/node" "/opt/agentcom.mjs" "sidecar" "--config" "/gone/too"';
  await writeFile(unit, (await readFile(unit, 'utf8')).replace(/^ExecStart=.*$/m, `ExecStart=${before}`));
  expect((await run('doctor')).world.out()).toMatch(
    /v20\.1\.0\/bin\/node, which is gone\n.*--name builder --service --no-test/,
  );
});

it('goes on with every other check when one cannot be made', async () => {
  await run('join', hub.url, '--no-test', '--', 'agent');
  const agent = join(machine.home, '.local', 'share', 'agentcom', 'agents', 'builder');
  await rm(join(agent, 'state'), { recursive: true, force: true });
  await writeFile(join(agent, 'state'), 'in the way');
  const { exit, world } = await run('doctor');
  expect(exit).toBe(EXIT.failed);
  expect(world.out()).toMatch(/fail +builder: (?:directories|sidecar)/);
  expect(world.out()).toMatch(/pass +builder: command/);
});

it('names what is wrong with settings that cannot be used', async () => {
  const config = join(machine.home, '.config', 'agentcom');
  await mkdir(config, { recursive: true });
  await writeFile(join(config, 'client.toml'), 'hub = 3\n');
  const { exit, world } = await run('doctor');
  expect(exit).toBe(EXIT.failed);
  expect(world.out()).toMatch(/fail +hub +the settings are not valid; hub in .*client\.toml must be a string/);
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

it('says why an agent gets no tasks', async () => {
  await run('join', hub.url, '--no-test', '--', 'agent');
  const message = 'the agent is not signed in on this machine: run `claude` once';
  const unfit = { code: 'runner.not_signed_in', message, since: '2026-11-29T12:00:00.000Z' };
  shown = { status: 200, body: { name: 'builder', unfit } };
  const { exit, world } = await run('doctor');
  expect(exit).toBe(EXIT.failed);
  expect(world.out()).toMatch(
    /fail +builder: tasks +It is held back .* not signed in on this machine: run `claude` once/,
  );
});

it('asks the hub about an agent once', async () => {
  await run('join', hub.url, '--no-test', '--', 'agent');
  const before = hub.received.length;
  await run('doctor');
  expect(
    hub.received
      .slice(before)
      .map(({ url }) => url.replace('/api/v1', ''))
      .sort(),
  ).toEqual(['/agents/builder', '/healthz']);
});

it("warns of a hub that works but is not well, in the hub's own words", async () => {
  health = { status: 'degraded', reasons: [{ code: 'low_disk', message: 'the disk is nearly full' }] };
  await run('join', hub.url, '--no-test', '--', 'agent');
  const { exit, world } = await run('doctor');
  expect(exit).toBe(EXIT.done);
  expect(world.out()).toMatch(/warn +builder: hub .*degraded: the disk is nearly full/);
});

it('says what answers in place of a hub', async () => {
  health = { welcome: 'to our network' };
  const { exit, world } = await run('doctor', '--hub', hub.url);
  expect(exit).toBe(EXIT.failed);
  expect(world.out()).toContain('is not an AgentCom hub: it answered with JSON that is not from a hub (HTTP 200)');
});

it('asks for git only where an agent is', async () => {
  await run('join', hub.url, '--no-test', '--', 'agent');
  await machine.program('git', 'exit 127');
  expect((await run('doctor')).world.out()).toMatch(/fail +git /);
  await run('leave', '--without-hub');
  expect((await run('doctor', '--hub', hub.url)).world.out()).toMatch(/warn +git .*agents need it/);
});

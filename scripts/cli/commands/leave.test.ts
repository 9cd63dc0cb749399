import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { lockDirectory } from '@agentcom/schemas/host';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HubClient } from '../client.js';
import { enrol } from '../enrol.js';
import { EXIT } from '../exit.js';
import { TestMachine } from '../join/testing.js';
import { runCommandLine } from '../program.js';
import { sidecarProgram } from '../service/programs.js';
import { systemdUnit } from '../service/service-text.js';
import {
  KEY,
  problem,
  type Received,
  type Reply,
  TASK,
  type TestHub,
  temporaryDir,
  testHub,
  testWorld,
} from '../testing.js';

const AGENT = {
  org: 'default',
  name: 'duly-noted',
  state: 'idle',
  connected: true,
  draining: true,
  unresponsive: false,
  capabilities: [],
  enrolledAt: '2026-01-31T11:00:00Z',
};

let dir: Awaited<ReturnType<typeof temporaryDir>>;
let hub: TestHub;
let shown: readonly unknown[] = [AGENT];
let config = '';
let ownKey = '';

function reply({ method, url }: Received): Reply {
  if (url.endsWith('/enrol')) return { status: 201, body: { agent: 'duly-noted', org: 'default', hub: 'x' } };
  if (method === 'DELETE') return { status: 204 };
  const [next, ...rest] = shown;
  if (rest.length > 0) shown = rest;
  if (next === 'forbidden') return problem(403, 'auth.forbidden', 'not for agents');
  return next === 'unknown' ? problem(404, 'agent.not_found', 'no such agent') : { status: 200, body: next };
}

beforeEach(async () => {
  dir = await temporaryDir();
  shown = [AGENT];
  hub = await testHub(reply);
  const joined = await enrol(new HubClient({ hub: hub.url, env: {}, sleep: async () => undefined }), {
    token: 't',
    capabilities: [],
    host: 'h',
    os: 'o',
    config: { runner: { kind: 'command', argv: ['agent'] } },
    place: { agentsDir: join(dir.path, '.local', 'share', 'agentcom', 'agents') },
  });
  config = joined.config;
  ownKey = (await readFile(joined.keyFile, 'utf8')).trim();
});
afterEach(async () => {
  await hub.stop();
  await dir.remove();
});

async function leave(args: readonly string[] = [], env: Readonly<Record<string, string>> = { AGENTCOM_KEY: KEY }) {
  const world = testWorld({ home: dir.path, env });
  const exit = await runCommandLine(world, ['leave', ...args]);
  return { exit, world };
}

function asked(): readonly string[] {
  return hub.received.slice(1).map(({ method, url }) => `${method} ${url.replace('/api/v1', '')}`);
}

describe('leaving', () => {
  it('drains, waits for the task, deregisters and removes the files', async () => {
    shown = [{ ...AGENT, state: 'working', task: TASK }, { ...AGENT, state: 'working', task: TASK }, AGENT];
    const { exit } = await leave();
    expect(exit).toBe(EXIT.done);
    expect(asked()).toEqual([
      'POST /agents/duly-noted/drain',
      'GET /agents/duly-noted',
      'GET /agents/duly-noted',
      'DELETE /agents/duly-noted',
    ]);
    expect(existsSync(dirname(config))).toBe(false);
  });

  it("asks with the agent's own key when the owner's key here is that of another hub", async () => {
    const data = join(dir.path, '.local', 'share', 'agentcom');
    await writeFile(join(data, 'owner.key'), KEY);
    await writeFile(join(data, 'address'), 'http://127.0.0.1:1\n');
    expect((await leave([], {})).exit).toBe(EXIT.done);
    const keys = hub.received.slice(1).map(({ headers }) => headers.authorization);
    expect(new Set(keys)).toEqual(new Set([`Bearer ${ownKey}`]));
  });

  it('keeps everything when there is unpushed work, and says where it is', async () => {
    const job = join(dirname(config), 'state', 'jobs', 'task-g1');
    await mkdir(job, { recursive: true });
    const { exit, world } = await leave();
    expect(exit).toBe(EXIT.failed);
    expect(world.err()).toContain(job);
    expect(asked()).not.toContain('DELETE /agents/duly-noted');
    expect(existsSync(config)).toBe(true);
    expect((await leave(['--discard-work'])).exit).toBe(EXIT.done);
    expect(existsSync(config)).toBe(false);
  });

  it('stops no sidecar, and waits for none', async () => {
    const lock = await lockDirectory(join(dirname(config), 'state'));
    const { exit, world } = await leave();
    expect(exit).toBe(EXIT.failed);
    expect(world.err()).toContain(`process ${process.pid}`);
    expect(existsSync(config)).toBe(true);
    lock.release();
  });

  it('gives up waiting for a task when its time is over', async () => {
    shown = [{ ...AGENT, state: 'working', task: TASK }];
    const { exit, world } = await leave(['--timeout', '5']);
    expect(exit).toBe(EXIT.failed);
    expect(world.err()).toContain(`agentcom task cancel ${TASK}`);
    expect(world.slept).toHaveLength(5);
  });

  it('takes the agent out by its own key when no other is at hand', async () => {
    const { exit } = await leave([], {});
    expect(exit).toBe(EXIT.done);
    expect(asked()).toEqual(['POST /agents/duly-noted/drain', 'DELETE /agents/duly-noted']);
    expect(hub.received.at(-1)?.headers.authorization).toBe(`Bearer ${ownKey}`);
    expect(existsSync(config)).toBe(false);
  });

  it('tells what the operator has to run when a hub lets no agent speak for itself', async () => {
    shown = ['forbidden'];
    const { exit, world } = await leave([], {});
    expect(exit).toBe(EXIT.done);
    expect(world.out()).toContain('agentcom agent remove duly-noted');
    expect(existsSync(config)).toBe(false);
  });

  it('keeps everything while the hub does not answer, unless it is to be left without', async () => {
    await hub.stop();
    expect((await leave([], {})).exit).toBe(EXIT.unreachable);
    expect(existsSync(config)).toBe(true);
    expect((await leave(['--without-hub'], {})).exit).toBe(EXIT.done);
    expect(existsSync(config)).toBe(false);
  });

  it('stops and removes its service', async () => {
    const machine = await TestMachine.at(dir.path);
    const calls = join(dir.path, 'calls');
    await machine.program('systemctl', `echo "$*" >> '${calls}'`);
    await machine.link('git');
    const unit = join(dir.path, '.config', 'systemd', 'user', 'agentcom-duly-noted.service');
    await mkdir(dirname(unit), { recursive: true });
    await writeFile(
      unit,
      systemdUnit(sidecarProgram('duly-noted'), {
        argv: ['x'],
        path: '',
        dir: '/',
        environmentFile: '/',
        variables: {},
      }),
    );
    expect((await leave([], { AGENTCOM_KEY: KEY, PATH: machine.bin })).exit).toBe(EXIT.done);
    expect(await readFile(calls, 'utf8')).toMatch(/stop agentcom-duly-noted\.service\n[\s\S]*disable --now/);
    expect(existsSync(unit)).toBe(false);
  });

  it('also clears what the hub has forgotten', async () => {
    shown = ['unknown'];
    expect((await leave()).exit).toBe(EXIT.done);
    expect(asked()).toEqual(['POST /agents/duly-noted/drain']);
    expect(existsSync(config)).toBe(false);
  });
});

// Connections that never say anything good, and never end by themselves: they go away, take no memory, and good clients are served meanwhile.

import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { AgentSocket } from '../support/agent-socket.js';
import { type Attacker, FLOODS, type Flood, type Heard } from '../support/floods.js';
import { type Hub, startHub } from '../support/hub.js';
import { completion, connectedAgent, workingOn } from '../support/on-hub.js';
import { openSockets, residentBytes } from '../support/process-list.js';
import { Sandbox } from '../support/sandbox.js';
import { eventually, within } from '../support/wait.js';

const MIB = 1024 ** 2;
/** Silence lasts 10 s at most, and what was refused 2 s more; the rest is for a slow machine. */
const GONE_WITHIN_MS = 40_000;
const GROWTH_BYTES_MAX = 100 * MIB;
/** Of 256 KiB that are announced. */
const HALF_BODY = Buffer.alloc(200 * 1024, ' ');

const sandbox = new Sandbox();
let hub: Hub;
let agent: AgentSocket;

beforeAll(async () => {
  hub = await startHub(sandbox);
  agent = await connectedAgent(hub);
});

afterAll(async () => {
  await hub?.stop();
  expect(await sandbox.close()).toEqual([]);
});

interface Flooder {
  readonly socket: Socket;
  readonly heard: () => string;
  /** Whatever the hub had to say has arrived. */
  readonly over: Promise<void>;
}

/** Connections that say `words` and then hold on: they end neither by themselves nor because the hub has ended. */
async function flood(count: number, ...words: readonly (string | Buffer)[]): Promise<Flooder[]> {
  const flooders = Array.from({ length: count }, () => {
    const socket = connect({ host: '127.0.0.1', port: hub.port, allowHalfOpen: true });
    let text = '';
    socket.on('data', (data) => {
      text += String(data);
    });
    socket.on('error', () => undefined);
    const over = new Promise<void>((resolve) => socket.once('end', resolve).once('close', () => resolve()));
    return { socket, heard: () => text, over };
  });
  onTestFinished(() => {
    for (const { socket } of flooders) socket.destroy();
  });
  await within(
    Promise.all(
      flooders.map(
        ({ socket }) => new Promise<void>((resolve) => socket.once('connect', resolve).once('close', () => resolve())),
      ),
    ),
    20_000,
    'the connections of the flood',
  );
  for (const { socket } of flooders) for (const word of words) socket.write(word);
  return flooders;
}

async function served(): Promise<void> {
  await agent.ok(completion(await workingOn(hub, agent)));
  expect(await hub.api.need('GET', '/stats')).toMatchObject({ queued: { normal: 0 } });
}

/** The sockets that the hub has open by itself and for the agent, with room for those of good clients. */
async function allGone(before: number): Promise<void> {
  await eventually('the end of the flood', GONE_WITHIN_MS, () =>
    openSockets(hub.pid) <= before + 5 ? true : undefined,
  );
}

const post = (path: string, bytes: number, key?: string): string =>
  [
    `POST ${path} HTTP/1.1`,
    'Host: localhost',
    'Content-Type: application/json',
    `Content-Length: ${bytes}`,
    ...(key === undefined ? [] : [`Authorization: Bearer ${key}`]),
    '',
    '',
  ].join('\r\n');

const upgrade = [
  'GET /ws/agent HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  'Sec-WebSocket-Protocol: agentcom.v1',
  '',
  '',
].join('\r\n');

describe('without a key', () => {
  test.each([
    ['1,000 refused upgrades', 1_000, [upgrade], /^HTTP\/1.1 401 /],
    ['500 lines of garbage', 500, ['\x16\x03\x01 this is no HTTP\r\n\r\n'], /^HTTP\/1.1 400 /],
    ['500 endless lines', 500, [`GET /${'x'.repeat(200 * 1024)}`], /^HTTP\/1.1 413 /],
    ['500 silent connections', 500, [], /^HTTP\/1.1 408 /],
    ['500 slow heads', 500, ['GET /livez HTTP/1.1\r\nHost:'], /^HTTP\/1.1 408 /],
    ['1,500 half bodies', 1_500, [post('/api/v1/tasks', 256 * 1024), HALF_BODY], /^HTTP\/1.1 401 /],
    [
      '500 half bodies too long for an enrolment',
      500,
      [post('/api/v1/enrol', 256 * 1024), HALF_BODY],
      /^HTTP\/1.1 413 /,
    ],
    ['500 half enrolments', 500, [post('/api/v1/enrol', 10 * 1024), '{'], /^HTTP\/1.1 408 /],
  ] as const)(
    '%s go away',
    async (_name, count, words, answer) => {
      const before = openSockets(hub.pid);
      const resident = residentBytes(hub.pid);
      const flooders = await flood(count, ...words);
      for (let i = 0; i < 5; i++) await served();
      expect(residentBytes(hub.pid) - resident).toBeLessThan(GROWTH_BYTES_MAX);
      await allGone(before);
      expect(residentBytes(hub.pid) - resident).toBeLessThan(GROWTH_BYTES_MAX);
      // Who listens is told why.
      await within(Promise.all(flooders.map(({ over }) => over)), GONE_WITHIN_MS, 'what the hub said');
      expect(flooders.filter(({ heard }) => answer.test(heard())).length).toBeGreaterThan(count * 0.9);
      await served();
    },
    120_000,
  );

  test('more connections than may be open without a key push out the oldest of themselves', async () => {
    const before = openSockets(hub.pid);
    await flood(3_000);
    expect(openSockets(hub.pid)).toBeLessThan(before + 2_048 + 50);
    await served();
    await allGone(before);
  }, 120_000);
});

describe('with a key', () => {
  let limited: Hub;
  let good: AgentSocket;
  let doomed: AgentSocket;
  const attackers = new Map<string, Attacker>();

  beforeAll(async () => {
    limited = await startHub(sandbox, { dataDir: sandbox.path('limited'), shippedLimits: true });
    good = await connectedAgent(limited);
    doomed = await connectedAgent(limited);
    for (const name of Object.keys(FLOODS)) {
      const { key } = await limited.api.need<{ key: string }>('POST', '/keys', { role: 'submitter', name: 'flood' });
      const machine = await limited.api.enrol(`flood-${name.toLowerCase().replaceAll(' ', '-')}`);
      attackers.set(name, { url: limited.url, key, machine });
    }
  }, 60_000);

  afterAll(() => limited?.stop());

  const work = async (): Promise<void> => {
    await good.ok(completion(await workingOn(limited, good)));
  };

  async function flooded(name: string, until: (heard: Heard) => boolean): Promise<Heard> {
    const flood = FLOODS[name]?.(attackers.get(name) as Attacker) as Flood;
    onTestFinished(() => flood.stop());
    for (let i = 0; i < 3; i++) await work();
    await eventually(`what becomes of ${name}`, 30_000, () => (until(flood.heard()) ? true : undefined));
    for (let i = 0; i < 3; i++) await work();
    const heard = { ...flood.heard() };
    flood.stop();
    await work();
    return heard;
  }

  test.each(['ping', 'pong', 'bad JSON', 'large bad frames'])(
    'a flood of %s is closed, and the agent not let in for a while; others work',
    async (name) => {
      const heard = await flooded(name, (so) => (so['closed 4008'] ?? 0) > 0 && (so['not let in 429'] ?? 0) > 0);
      expect(heard['closed 4008']).toBe(1);
      expect(heard.welcome).toBe(1);
      const { bannedUntil = '' } = await limited.api.agent(attackers.get(name)?.machine.name ?? '');
      expect(Date.parse(bannedUntil)).toBeGreaterThan(Date.now());
    },
    60_000,
  );

  test('a flood of refused reports is slowed and not closed; others work', async () => {
    const heard = await flooded('refused reports', (so) => (so.throttled ?? 0) > 0 && (so.error ?? 0) > 2_000);
    expect(Object.keys(heard).sort()).toEqual(['error', 'throttled', 'welcome']);
  }, 60_000);

  test.each(['large submissions', 'lists', 'pipelining', 'enrolments'])(
    'a flood of %s is refused; others work',
    async (name) => {
      const heard = await flooded(name, (so) => (so['429'] ?? 0) >= 100);
      expect(Object.keys(heard).filter((what) => what.startsWith('5'))).toEqual([]);
    },
    60_000,
  );

  test('a ban outlives the hub, and what is under way waits for its agent', async () => {
    const { task } = await workingOn(limited, doomed);
    for (let i = 0; i < 150; i++) doomed.sendRaw('no JSON');
    expect((await within(doomed.closed, 30_000, 'the closing')).code).toBe(4008);
    const { dataDir, port } = limited;
    await limited.kill9();
    limited = await startHub(sandbox, { dataDir, port, shippedLimits: true });
    await expect(AgentSocket.open(limited.url, doomed.machine)).rejects.toThrow('429');
    expect(await limited.api.task(task)).toMatchObject({ state: 'working' });
  }, 60_000);
});

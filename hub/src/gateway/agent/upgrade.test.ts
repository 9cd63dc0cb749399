// The door of the agent socket on a real server: who is let in, and what is held against whom.

import { once } from 'node:events';
import { type IncomingMessage, request, type Server } from 'node:http';
import { CLOSE_CODES, type Problem, SUBPROTOCOL } from '@agentcom/schemas';
import { systemScheduler } from '@agentcom/schemas/host';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { AbuseLimiter } from '../../access/abuse-limiter.js';
import { Hosts } from '../../access/hosts.js';
import { type LimitSizes, Limits } from '../../access/limits.js';
import { newKey } from '../../access/secrets.js';
import { HUB_ORG } from '../../core/access/access.js';
import { MinuteTally } from '../../core/alert/minute-tally.js';
import { defaultConfig } from '../../core/config/config.js';
import { serveDoors } from '../doors.js';
import { ConnectionGuard } from '../http/connection-guard.js';
import { TestHub } from '../http/fixture.js';
import { Rests } from '../rests.js';
import { SocketHolds } from '../socket-holds.js';
import { AgentRegistry } from './registry.js';
import { agentDoor, type DoorParts } from './upgrade.js';

const FEW = { perMinute: 1, burst: 2 };

let hub: TestHub;
let url: string;
let sizes: LimitSizes;
let registry: AgentRegistry;
let defects: unknown[];

beforeEach(async () => {
  hub = await TestHub.start();
  url = await hub.listen();
  sizes = defaultConfig.values.limits;
  defects = [];
  const nothing = { inc: () => undefined };
  const countFrame = () => {
    throw new Error('a defect');
  };
  const audit = {
    record: (org: string | undefined, fact: (typeof hub.audited)[number]['fact']) =>
      void hub.audited.push({ org, fact }),
  };
  registry = new AgentRegistry({
    scheduler: systemScheduler,
    now: () => hub.shard.now(),
    metrics: { countFrame, refusals: nothing, socketsClosed: nothing },
    audit,
    onHeartbeat: () => undefined,
    onFailed: (error, what, { agent }) => defects.push([String(error), what, agent]),
  });
  const door = agentDoor({
    shard: hub.shard,
    scheduler: systemScheduler,
    registry,
    abuse: new AbuseLimiter(() => hub.shard.now(), new MinuteTally()),
    guard: new ConnectionGuard(() => false),
    hosts: new Hosts({ host: '127.0.0.1', allowedHosts: [] }, 'test'),
    isProxy: () => false,
    credentials: { watch: () => () => undefined },
    uses: { used: () => undefined },
    limits: new Limits(() => sizes),
    holds: new SocketHolds(),
    rests: new Rests(() => performance.now()),
    audit,
    onSocketFailed: () => undefined,
  } as unknown as DoorParts);
  serveDoors(hub.app.server as Server, [door], (error) => defects.push(error));
});

afterEach(async () => {
  registry.stop();
  await hub.stop();
});

/** What a connection is answered; one that is let in is closed again. */
async function knock(key?: string, path = '/ws/agent', more: readonly string[] = []): Promise<Partial<Problem>> {
  const headers = {
    host: 'localhost',
    connection: 'upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': Buffer.alloc(16).toString('base64'),
    'sec-websocket-protocol': SUBPROTOCOL,
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
  };
  const asked = request(`${url}${path}`, { headers: [...Object.entries(headers).flat(), ...more] }).end();
  const [answer] = (await Promise.race([once(asked, 'response'), once(asked, 'upgrade')])) as [IncomingMessage];
  if (answer.statusCode !== 101) return JSON.parse((await answer.toArray()).join('')) as Problem;
  answer.socket.destroy();
  return { status: 101 };
}

async function knockThrice(key?: string, path?: string): Promise<Partial<Problem>[]> {
  return [await knock(key, path), await knock(key, path), await knock(key, path)];
}

const tooMany = (what: string) => ({ code: 'rate.limited', detail: expect.stringContaining(`too many ${what}`) });

test('whoever knocks at the wrong path is held to the limit of those without a key', async () => {
  sizes = { ...sizes, anonymous: FEW };
  const wrong = { code: 'request.not_found' };
  const limited = tooMany('requests without a valid key');
  expect(await knockThrice(undefined, '/ws')).toMatchObject([wrong, wrong, limited]);
  expect(await knock(newKey(HUB_ORG).key)).toMatchObject(limited);
});

test('a key that is not of an agent is held to a limit of connections of its own', async () => {
  sizes = { ...sizes, connects: FEW };
  const [viewer, agent] = [await hub.key('viewer'), await hub.agent('ann')];
  const forbidden = { code: 'auth.forbidden' };
  expect(await knockThrice(viewer.secret)).toMatchObject([forbidden, forbidden, tooMany('connections')]);
  expect(await knock(agent.secret)).toEqual({ status: 101 });
  expect(hub.audited).toMatchObject(
    Array.from({ length: 3 }, () => ({ org: HUB_ORG, fact: { caller: `key:${viewer.id}`, address: '127.0.0.1' } })),
  );
});

test('an agent that is banned is told for how long, and its connections count all the same', async () => {
  sizes = { ...sizes, connects: FEW };
  const { secret } = await hub.agent('ann');
  await hub.decide({ type: 'agent.ban', org: HUB_ORG, agent: 'ann', connection: 'c' });
  const banned = { code: 'rate.limited', detail: expect.stringMatching(/it may return in (60|59) s/) };
  expect(await knockThrice(secret)).toMatchObject([banned, banned, tooMany('connections')]);
});

test('an agent beyond the quota of connections is told so, and one that is connected comes in again', async () => {
  const [ann, bob] = [await hub.agent('ann'), await hub.agent('bob')];
  await hub.decide({ type: 'org.ensure', org: HUB_ORG });
  await hub.decide({ type: 'org.set_quotas', org: HUB_ORG, by: 'test', quotas: { connections: 1 } });
  expect(await knock(ann.secret)).toEqual({ status: 101 });
  const who = { org: HUB_ORG, agent: 'ann', connection: 'c' };
  const about = { instance: 'i', capabilities: [], version: '0.0.0', host: 'h', os: 'linux' };
  await hub.decide({ type: 'agent.hello', ...who, ...about });
  const detail = `${HUB_ORG} has 1 of 1 connected agents; whoever runs the hub can raise quotas.connections`;
  expect(await knock(bob.secret)).toMatchObject({ code: 'quota.exceeded', detail });
  expect(await knock(ann.secret)).toEqual({ status: 101 });
  await hub.decide({ type: 'agent.gone', ...who });
  expect(await knock(bob.secret)).toEqual({ status: 101 });
});

test('a request in which the name of the hub stands twice is not let in', async () => {
  const { secret } = await hub.agent('ann');
  expect(await knock(secret, '/ws/agent', ['Host', 'localhost'])).toMatchObject({
    status: 400,
    code: 'request.invalid',
  });
  expect(await knock(secret)).toEqual({ status: 101 });
});

test('what the hub fails at in a frame is told with the agent that sent it, and ends its connection', async () => {
  const { secret } = await hub.agent('ann');
  const headers = { authorization: `Bearer ${secret}` };
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/agent`, SUBPROTOCOL, { headers });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'heartbeat' }));
  const [code] = await once(socket, 'close');
  expect(code).toBe(CLOSE_CODES.hubRestarting);
  expect(defects).toEqual([['Error: a defect', 'the hub failed at a frame', 'ann']]);
});

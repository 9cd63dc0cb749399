// Live pages on a real server: who is let in, what each role sees, and what ends a page.
// Long because each of these is tried on sockets of its own, all to the server that is set up here.

import { once } from 'node:events';
import { type IncomingMessage, request, type Server } from 'node:http';
import {
  LIMITS,
  LIVE_SUBPROTOCOL,
  LIVE_VIEWS,
  type LiveFrame,
  type LiveFrameOf,
  type LiveView,
  type LiveViewKind,
  liveFrames,
  type MemberRole,
  type Problem,
  schemasByName,
} from '@agentcom/schemas';
import { systemScheduler } from '@agentcom/schemas/host';
import { compiler } from '@agentcom/schemas/validate';
import { uuidv7 } from 'uuidv7';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { AbuseLimiter } from '../../access/abuse-limiter.js';
import { isLiveCredential } from '../../access/authenticate.js';
import { CredentialWatch } from '../../access/credential-watch.js';
import { Hosts } from '../../access/hosts.js';
import { type LimitSizes, Limits } from '../../access/limits.js';
import { filledTask } from '../../bodies/body-writer.js';
import { HUB_ORG } from '../../core/access/access.js';
import { MinuteTally } from '../../core/alert/minute-tally.js';
import { defaultConfig } from '../../core/config/config.js';
import { LiveHub } from '../../live/live-hub.js';
import { serveDoors } from '../doors.js';
import { ConnectionGuard } from '../http/connection-guard.js';
import { TestHub } from '../http/fixture.js';
import { NO_BODIES } from '../http/handlers/fixture.js';
import { type LiveDoorParts, liveDoor } from './live-door.js';

let hub: TestHub;
let url: string;
let sizes: LimitSizes;
let live: LiveHub;
let defects: unknown[];
let stopping: AbortController;
const pages: Page[] = [];

beforeEach(async () => {
  hub = await TestHub.start();
  url = await hub.listen();
  sizes = defaultConfig.values.limits;
  defects = [];
  stopping = new AbortController();
  const { shard, feed } = hub;
  const now = () => shard.now();
  live = new LiveHub({
    shard,
    feed,
    scheduler: systemScheduler,
    cpuNow: () => performance.now(),
    workedMs: () => 0,
    onFailed: (error) => defects.push(error),
    ports: {
      hub: () => ({ role: 'leader', lagMs: 0, version: '1.0.0', journal: 'j' }),
      surroundings: () => ({ hubVersion: '1.0.0' }),
      signsOf: () => undefined,
      health: () => ({ status: 'healthy', reasons: [] }),
      storage: () => ({ streams: [] }),
      durability: () => ({ fsync: 'always', replicas: 1, copies: [], isOwn: true }),
      disk: () => ({ directory: '/data', freeBytes: 9_000, lowBytes: 1_000 }),
      operations: () => 0,
      commitMs: () => ({}),
      fill: (task) => filledTask(NO_BODIES, task),
      archived: async () => null,
      changesAfter: (seq) => feed.after(seq),
    },
  });
  const credentials = new CredentialWatch({
    feed,
    scheduler: systemScheduler,
    now,
    isLive: (key) => isLiveCredential(shard.state, key, now()),
    onFailed: (error) => defects.push(error),
  });
  const door = liveDoor({
    shard,
    live,
    abuse: new AbuseLimiter(now, new MinuteTally()),
    guard: new ConnectionGuard(() => false),
    hosts: new Hosts({ host: '127.0.0.1', allowedHosts: [] }, 'test'),
    isProxy: () => false,
    credentials,
    uses: { used: () => undefined } as unknown as LiveDoorParts['uses'],
    limits: new Limits(() => sizes),
    audit: { record: (org, fact) => void hub.audited.push({ org, fact }) },
    scheduler: systemScheduler,
    stopping: stopping.signal,
    onSocketFailed: (error) => defects.push(error),
  });
  serveDoors(hub.app.server as Server, [door], (error) => defects.push(error));
});

afterEach(async () => {
  for (const page of pages.splice(0)) page.socket.terminate();
  await hub.stop();
  expect(defects).toEqual([]);
});

const readAnswer = compiler('answer');
const valid = new Map(Object.entries(liveFrames).map(([type, schema]) => [type, readAnswer(schema)]));

const ROWS: Readonly<Partial<Record<LiveViewKind, readonly string[]>>> = {
  overview: ['LiveOverview'],
  'needs-you': ['LiveNeed'],
  tasks: ['TaskSummary'],
  task: ['LiveTask', 'LiveTaskTexts', 'LiveTaskWhy'],
  agents: ['LiveAgent'],
  'dead-letters': ['DeadLetterGroup'],
  costs: ['LiveCosts'],
  system: ['LiveSystem'],
  activity: ['LiveActivity'],
};

/** Reads what the hub says, and keeps the rows as a page would. */
class Page {
  readonly frames: LiveFrame[] = [];
  readonly closed: Promise<number>;
  #wake: () => void = () => undefined;

  constructor(readonly socket: WebSocket) {
    pages.push(this);
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as LiveFrame;
      expect(valid.get(frame.type)?.(structuredClone(frame)).ok, String(data)).toBe(true);
      this.frames.push(frame);
      this.#wake();
    });
    this.closed = once(socket, 'close').then(([code]) => code as number);
  }

  say(frame: unknown): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  look(id: number, view: LiveView, from?: number): void {
    this.say({ type: 'subscribe', id, view, ...(from !== undefined && { from }) });
  }

  async next<T extends LiveFrame['type']>(type: T, id?: number): Promise<LiveFrameOf<T>> {
    for (;;) {
      const at = this.frames.findIndex(
        (one) => one.type === type && (id === undefined || ('id' in one && one.id === id)),
      );
      if (at >= 0) return this.frames.splice(at, 1)[0] as LiveFrameOf<T>;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

interface Knock {
  readonly key?: string | undefined;
  readonly cookie?: string | undefined;
  readonly origin?: string | undefined;
  readonly protocol?: string;
}

function headersOf({ key, cookie, origin }: Knock): Record<string, string> {
  return {
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
    ...(cookie !== undefined && { cookie }),
    ...(origin !== undefined && { origin }),
  };
}

async function open(knock: Knock): Promise<Page> {
  const page = new Page(
    new WebSocket(`${url.replace('http', 'ws')}/ws/live`, LIVE_SUBPROTOCOL, { headers: headersOf(knock) }),
  );
  await once(page.socket, 'open');
  return page;
}

/** What a connection that is not let in is answered. */
async function refused({ protocol = LIVE_SUBPROTOCOL, ...knock }: Knock): Promise<Problem> {
  const headers = {
    connection: 'upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': Buffer.alloc(16).toString('base64'),
    'sec-websocket-protocol': protocol,
    ...headersOf(knock),
  };
  const asked = request(`${url}/ws/live`, { headers }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return JSON.parse((await answer.toArray()).join('')) as Problem;
}

describe('the door', () => {
  test('lets in a key of a person, and the session of a page of its own', async () => {
    const { secret } = await hub.key('viewer');
    const { cookie } = await hub.member('operator');
    expect(await (await open({ key: secret })).next('hub')).toEqual({
      type: 'hub',
      role: 'leader',
      lagMs: 0,
      version: '1.0.0',
      journal: 'j',
    });
    expect(await (await open({ cookie, origin: url })).next('hub')).toMatchObject({ role: 'leader' });
  });

  test('refuses a session from elsewhere, an unknown key, an agent and another protocol', async () => {
    const { cookie } = await hub.member('owner');
    const { secret } = await hub.key('owner');
    const agent = await hub.agent('ann');
    expect(await refused({ cookie })).toMatchObject({ status: 403, code: 'request.cross_origin' });
    expect(await refused({ cookie, origin: 'https://evil.example' })).toMatchObject({ code: 'request.cross_origin' });
    expect(await refused({})).toMatchObject({ status: 401, code: 'auth.missing' });
    expect(await refused({ key: 'ac_nonsense' })).toMatchObject({ status: 401, code: 'auth.invalid' });
    expect(await refused({ key: agent.secret })).toMatchObject({ status: 403, code: 'auth.forbidden' });
    expect(await refused({ key: secret, protocol: 'agentcom.v1' })).toMatchObject({
      code: 'protocol.unsupported_version',
    });
    expect(hub.audited.map(({ fact }) => fact.code)).toContain('auth.forbidden');
  });

  test('has a limit of sockets for each caller', async () => {
    const { secret } = await hub.key('viewer');
    sizes = { ...sizes, connects: { perMinute: 10_000, burst: 10_000 } };
    for (let n = 0; n < LIMITS.liveSocketsPerCaller; n++) await open({ key: secret });
    expect(await refused({ key: secret })).toMatchObject({ status: 429, code: 'rate.limited' });
  });
});

describe('a page', () => {
  test('gets a snapshot and then what is different', async () => {
    const { secret, id: by } = await hub.key('operator');
    const first = await hub.submit(`key:${by}`);
    const page = await open({ key: secret });
    page.look(1, { kind: 'tasks', q: 'state:queued' });
    const snapshot = await page.next('snapshot');
    expect(snapshot).toMatchObject({ id: 1, total: 1, items: [{ id: first, state: 'queued', title: 'a task' }] });
    const second = await hub.submit(`key:${by}`);
    const delta = await page.next('delta');
    expect(delta).toMatchObject({ id: 1, total: 2, put: [{ id: second }], gone: [] });
    expect(delta.seq).toBeGreaterThan(snapshot.seq);
    await hub.decide({ type: 'task.cancel', org: HUB_ORG, task: first, by: 'test', reason: 'no' });
    expect(await page.next('delta')).toMatchObject({ total: 1, put: [], gone: [first] });
  });

  test('goes on where it was', async () => {
    const { secret, id: by } = await hub.key('operator');
    const first = await hub.submit(`key:${by}`);
    const page = await open({ key: secret });
    page.look(1, { kind: 'tasks' });
    const { seq } = await page.next('snapshot');
    page.socket.terminate();
    const second = await hub.submit(`key:${by}`);
    const again = await open({ key: secret });
    again.look(7, { kind: 'tasks' }, seq);
    // What the first one waits for may be another thing than before.
    expect(await again.next('delta')).toMatchObject({
      id: 7,
      total: 2,
      put: [{ id: second }, { id: first }],
      gone: [],
    });
    again.look(8, { kind: 'tasks' }, 1e9);
    expect((await again.next('snapshot')).items.map(({ id }) => id)).toEqual([second, first]);
  });

  test('is told what is wrong with what it asks', async () => {
    const { secret } = await hub.key('operator');
    const page = await open({ key: secret });
    page.look(1, { kind: 'tasks', q: 'stat:queued' });
    const wrong = await page.next('error', 1);
    expect(wrong).toMatchObject({ code: 'request.invalid', retryable: false, details: [{ path: '/view/q' }] });
    expect(wrong.message).toContain('did you mean state?');
    page.look(2, { kind: 'agents', sort: 'nme' });
    expect(await page.next('error', 2)).toMatchObject({ details: [{ path: '/view/sort' }] });
    page.look(3, { kind: 'overview', q: 'x' });
    expect(await page.next('error', 3)).toMatchObject({ details: [{ path: '/view/q' }] });
    page.look(4, { kind: 'task' });
    expect(await page.next('error', 4)).toMatchObject({ details: [{ path: '/view/task' }] });
    page.look(5, { kind: 'task', task: uuidv7() });
    expect(await page.next('error', 5)).toMatchObject({ code: 'task.not_found' });
    page.say({ type: 'subscribe', id: 6, view: { kind: 'everything' } });
    expect(await page.next('error', 6)).toMatchObject({ code: 'request.invalid', details: [{ path: '/view/kind' }] });
    page.say('not JSON');
    expect(await page.next('error')).toMatchObject({ code: 'request.invalid' });
    page.say({ type: 'dance' });
    expect(await page.next('error')).toMatchObject({ code: 'protocol.unknown_type' });
    expect(live.size).toBe(0);
  });

  test('is bounded in subscriptions, in requests and in nonsense', async () => {
    const { secret } = await hub.key('operator');
    const page = await open({ key: secret });
    for (let id = 1; id <= LIMITS.liveSubscriptions; id++) page.look(id, { kind: 'overview' });
    page.look(99, { kind: 'overview' });
    expect(await page.next('error', 99)).toMatchObject({ code: 'request.invalid' });
    // In place of one that there is.
    page.look(1, { kind: 'costs' });
    expect(await page.next('snapshot', 1)).toMatchObject({ items: [{ id: expect.stringMatching(/overview|costs/) }] });
    sizes = { ...sizes, reads: { perMinute: 1, burst: 1 } };
    page.look(2, { kind: 'overview' });
    page.look(3, { kind: 'overview' });
    expect(await page.next('error')).toMatchObject({ code: 'rate.limited', retryable: true });
    sizes = { ...sizes, violations: { perMinute: 1, burst: 3 } };
    for (let n = 0; n < 10; n++) page.say('nonsense');
    expect(await page.closed).toBe(4008);
    expect(live.size).toBe(0);
  });

  test('ends with its key, with its session and with the hub', async () => {
    const { secret, id: key } = await hub.key('operator');
    const { cookie, session } = await hub.member('operator');
    const [byKey, bySession, other] = [
      await open({ key: secret }),
      await open({ cookie, origin: url }),
      await open({ key: (await hub.key('viewer')).secret }),
    ];
    byKey.look(1, { kind: 'overview' });
    await byKey.next('snapshot');
    await hub.decide({ type: 'key.revoke', org: HUB_ORG, key, by: 'test' });
    expect(await byKey.closed).toBe(4003);
    await hub.decide({ type: 'session.end', session, by: 'test', reason: 'signed_out' } as never);
    expect(await bySession.closed).toBe(4003);
    stopping.abort();
    expect(await other.closed).toBe(1012);
    expect(live.size).toBe(0);
  });

  test('shows one task with all there is to say about it', async () => {
    const { secret, id: by } = await hub.key('operator');
    const task = await hub.submit(`key:${by}`);
    const page = await open({ key: secret });
    page.look(1, { kind: 'task', task });
    expect(await page.next('snapshot')).toMatchObject({
      total: 1,
      items: [
        { id: 'task', task, state: 'queued', attempts: [], history: [{ event: 'submitted' }], createdBy: `key:${by}` },
        { id: 'texts', prompt: 'do it' },
        { id: 'why', task, state: 'queued', reasons: [{ code: 'no_agents' }] },
      ],
    });
  });

  test('shows what waits for a person', async () => {
    const { secret, id: by } = await hub.key('operator');
    const dead = await hub.deadTask(`key:${by}`);
    const page = await open({ key: secret });
    page.look(1, { kind: 'needs-you' });
    expect(await page.next('snapshot')).toMatchObject({
      total: 1,
      items: [
        {
          kind: 'dead-letters',
          why: 'it.failed: it failed',
          task: dead,
          deadLetters: { class: 'permanent', code: 'it.failed', count: 1, q: 'class:permanent code:it.failed' },
        },
      ],
    });
    page.look(2, { kind: 'dead-letters', q: 'code:other' });
    expect(await page.next('snapshot', 2)).toMatchObject({ total: 0, items: [] });
    page.look(3, { kind: 'overview' });
    expect(await page.next('snapshot', 3)).toMatchObject({ items: [{ needsYou: 1, tasks: { dead: 1 } }] });
    await hub.decide({ type: 'dead.discard', org: HUB_ORG, task: dead, by: 'test', reason: 'no' });
    expect(await page.next('delta', 1)).toMatchObject({ total: 0, gone: [expect.stringContaining('it.failed')] });
  });
});

describe('each role', () => {
  const all: readonly MemberRole[] = ['owner', 'admin', 'operator', 'developer', 'submitter', 'viewer'];
  const MAY: Readonly<Record<LiveViewKind, readonly MemberRole[]>> = {
    overview: all,
    'needs-you': all,
    tasks: all,
    task: all,
    agents: all,
    'dead-letters': all,
    alerts: ['owner', 'admin', 'operator', 'developer', 'viewer'],
    costs: all,
    system: ['owner', 'admin', 'operator', 'viewer'],
    activity: all,
  };

  test.each(all)('%s sees what is its own to see, and nothing of another organisation', async (role) => {
    await hub.decide({ type: 'org.ensure', org: 'acme' });
    const { secret, id: by } = await hub.key(role);
    const own = await hub.submit(`key:${by}`);
    const others = await hub.submit('key:another');
    await hub.submit('key:stranger', 'acme');
    await hub.deadTask('key:stranger', 'acme');
    await hub.agent('ann');
    await hub.agent('stranger', 'acme');
    const page = await open({ key: secret });
    for (const [id, kind] of LIVE_VIEWS.entries()) {
      page.look(id, { kind, ...(kind === 'task' && { task: own }) });
      if (!MAY[kind].includes(role)) {
        expect(await page.next('error', id), kind).toMatchObject({ code: 'auth.forbidden' });
        continue;
      }
      const { items } = await page.next('snapshot', id);
      const names = ROWS[kind] ?? [];
      for (const item of items) {
        const fits = names.some((name) => readAnswer(schemasByName[name] as never)(structuredClone(item)).ok);
        expect(fits || names.length === 0, `${kind}: ${JSON.stringify(item)}`).toBe(true);
      }
      const text = JSON.stringify(items);
      expect(text, kind).not.toContain('stranger');
      expect(text, kind).not.toContain('acme');
      if (kind === 'tasks') {
        const seen = role === 'submitter' ? [own] : [others, own];
        expect(items.map((item) => item.id)).toEqual(seen);
      }
      if (kind === 'overview')
        expect(items).toMatchObject([{ tasks: { queued: role === 'submitter' ? 1 : 2, dead: 0 } }]);
    }
    page.look(50, { kind: 'task', task: others });
    if (role === 'submitter') expect(await page.next('error', 50)).toMatchObject({ code: 'task.not_found' });
    else await page.next('snapshot', 50);
  });

  test('a key with other scopes, or of some repositories, sees no more than that', async () => {
    const repo = { url: 'https://git.example.com/roof.git' };
    const seen = await hub.submit('key:x', HUB_ORG, { repo });
    await hub.submit('key:x', HUB_ORG, { repo: { url: 'https://git.example.com/cellar.git' } });
    const scoped = await open({ key: (await hub.key('owner', HUB_ORG, { scopes: ['agents:read'] })).secret });
    scoped.look(1, { kind: 'tasks' });
    expect(await scoped.next('error', 1)).toMatchObject({ code: 'auth.forbidden' });
    scoped.look(2, { kind: 'agents' });
    await scoped.next('snapshot', 2);
    const some = await open({ key: (await hub.key('viewer', HUB_ORG, { repositories: [repo.url] })).secret });
    some.look(1, { kind: 'tasks' });
    expect((await some.next('snapshot', 1)).items.map(({ id }) => id)).toEqual([seen]);
    some.look(2, { kind: 'activity' });
    expect(JSON.stringify(await some.next('snapshot', 2))).not.toContain('cellar');
  });
});

// Who may do what, walked: every route with every role, on what is the caller's own, on what is somebody else's in its organisation, and on
// what belongs to another organisation. The expectations are written out here once more, so that no row changes unnoticed; that makes it long.

import {
  type Action,
  type MemberRole,
  ROLES,
  ROUTES,
  type Role,
  type Route,
  type RouteName,
  SCOPES,
  type SidecarFrameType,
  sidecarFrames,
} from '@agentcom/schemas';
import { uuidv7 } from 'uuidv7';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HUB_ORG } from '../core/access/access.js';
import type { CommandOf } from '../core/commands.js';
import { defaultConfig } from '../core/config/config.js';
import { type Answer, type Sent, TestHub } from '../gateway/http/fixture.js';
import type { LimitSizes } from './limits.js';
import { FRAME_ACTIONS, LIVE_ACTIONS, POLICY, type Reach, reachOf, SCOPE_OF } from './policy.js';
import { newToken } from './secrets.js';

type Allowed = Partial<Record<Role, Reach>>;

const everybody: Allowed = {
  owner: 'org',
  admin: 'org',
  operator: 'org',
  developer: 'org',
  submitter: 'org',
  viewer: 'org',
  agent: 'org',
};
const operators: Allowed = { owner: 'org', admin: 'org', operator: 'org' };
const ofTasks: Allowed = { ...operators, developer: 'org', submitter: 'own', viewer: 'org' };
const onTasks: Allowed = { ...operators, developer: 'own', submitter: 'own', agent: 'own' };
const ofMessages: Allowed = { ...operators, viewer: 'org' };
const onViews: Allowed = { ...operators, developer: 'own', submitter: 'own', viewer: 'own' };
const onAlerts: Allowed = { ...operators, developer: 'org', viewer: 'org' };
const hubs: Allowed = { owner: 'hub', admin: 'hub' };
const self: Allowed = { ...operators, agent: 'self' };
const onKeys: Allowed = { owner: 'org', admin: 'org', developer: 'own' };
const onInvitations: Allowed = { owner: 'org', admin: 'org' };
const owners: Allowed = { owner: 'org' };
const onItself: Allowed = {
  owner: 'own',
  admin: 'own',
  operator: 'own',
  developer: 'own',
  submitter: 'own',
  viewer: 'own',
};

const EXPECTED: Readonly<Record<RouteName, Allowed | 'public'>> = {
  'task.submit': { ...onTasks, developer: 'org', agent: 'org' },
  'task.list': ofTasks,
  'task.show': ofTasks,
  'task.output': ofTasks,
  'task.lines': ofTasks,
  'task.diff': ofTasks,
  'task.comment': { ...onTasks, developer: 'org' },
  'task.why': ofTasks,
  'task.cancel': onTasks,
  'task.act': onTasks,
  'task.retry': onTasks,
  'task.push': onTasks,
  'task.answer': { ...onTasks, developer: 'org' },
  'dead.list': ofTasks,
  'dead.requeueMany': operators,
  'dead.requeue': operators,
  'dead.discard': operators,
  'agent.list': { ...everybody, agent: 'self' },
  'agent.show': { ...everybody, agent: 'self' },
  'agent.remove': self,
  'agent.drain': self,
  'agent.resume': operators,
  'agent.messages': ofMessages,
  'message.list': ofMessages,
  'message.send': { ...operators, agent: 'org' },
  'channel.list': ofMessages,
  'channel.messages': ofMessages,
  'enrolment.create': onInvitations,
  'enrolment.list': onInvitations,
  'enrolment.revoke': onInvitations,
  enrol: 'public',
  stats: ofTasks,
  'stats.current': ofTasks,
  metrics: { ...hubs, operator: 'hub', viewer: 'hub' },
  'config.show': { ...hubs, operator: 'hub' },
  'config.change': hubs,
  'key.create': onKeys,
  'key.list': onKeys,
  'key.rotate': onKeys,
  'key.revoke': onKeys,
  'person.register': 'public',
  'session.options': 'public',
  'session.start': 'public',
  'session.reset': 'public',
  'session.mailReset': 'public',
  'session.list': onItself,
  'session.switch': onItself,
  'session.end': onItself,
  'session.link': onItself,
  me: onItself,
  'me.password': onItself,
  'passkey.begin': onItself,
  'passkey.create': onItself,
  'passkey.list': onItself,
  'passkey.remove': onItself,
  'session.challenge': 'public',
  'session.passkey': 'public',
  'totp.begin': onItself,
  'totp.confirm': onItself,
  'totp.remove': onItself,
  'me.join': onItself,
  'org.create': onItself,
  'org.list': hubs,
  'org.change': { owner: 'hub' },
  usage: { ...operators, viewer: 'org' },
  costs: ofTasks,
  'task.estimate': { ...operators, developer: 'org', submitter: 'org' },
  'member.list': { ...operators, developer: 'org', viewer: 'org' },
  'member.invite': owners,
  'member.change': owners,
  'member.remove': owners,
  'member.reset': owners,
  'member.sessions': onInvitations,
  'member.endSessions': onInvitations,
  'member.endSession': onInvitations,
  'invitation.show': 'public',
  'invitation.list': owners,
  'invitation.revoke': owners,
  'audit.list': onInvitations,
  'alert.list': onAlerts,
  'alert.show': onAlerts,
  'alert.acknowledge': operators,
  'alert.noise': operators,
  'silence.list': onAlerts,
  'silence.create': operators,
  'silence.remove': operators,
  'need.list': ofTasks,
  'view.list': ofTasks,
  'view.create': onViews,
  'view.change': onViews,
  'view.delete': onViews,
  'halt.list': onAlerts,
  'halt.reach': operators,
  'halt.create': operators,
  'halt.end': operators,
  'limit.list': onAlerts,
  'limit.show': onAlerts,
  'limit.set': operators,
  'limit.remove': operators,
  'rule.list': onAlerts,
  'rule.test': onAlerts,
  'notify.list': operators,
  'notify.create': onInvitations,
  'notify.change': onInvitations,
  'notify.remove': onInvitations,
  'notify.test': operators,
  'notify.routes': operators,
  'notify.setRoutes': onInvitations,
  'delivery.list': operators,
  'delivery.replay': operators,
  'push.key': onItself,
  'push.subscribe': onItself,
  'push.unsubscribe': onItself,
  'backup.create': hubs,
  'backup.list': hubs,
  'backup.verify': hubs,
  'compaction.create': hubs,
  'restore.create': { owner: 'hub' },
  'operation.list': onTasks,
  'operation.show': onTasks,
  'operation.stop': onTasks,
  'operation.undo': onTasks,
  'schema.list': everybody,
  'schema.show': everybody,
  openapi: everybody,
  asyncapi: everybody,
  join: 'public',
  'join.bundle': 'public',
  'join.checksum': 'public',
  home: 'public',
  'oidc.begin': 'public',
  'oidc.callback': 'public',
  live: 'public',
  ready: 'public',
  health: 'public',
};

const FRAMES_EXPECTED: Readonly<Record<SidecarFrameType, Reach>> = {
  hello: 'self',
  heartbeat: 'self',
  'task.accept': 'self',
  'task.reject': 'self',
  'task.progress': 'self',
  'task.output': 'self',
  'task.diff.part': 'self',
  'task.diff': 'self',
  'task.block': 'self',
  'task.answered': 'self',
  'task.complete': 'self',
  'task.fail': 'self',
  'task.stopped': 'self',
  'task.submit': 'org',
  'agents.list': 'org',
  'message.send': 'org',
  'message.ack': 'self',
  'channel.join': 'self',
  'channel.leave': 'self',
  'channel.history': 'self',
};

const FOREIGN = 'other';
/** Between the two ids of a path that has two. */
const OF_MEMBER = '/sessions/';
const NOWHERE = '01890000-0000-7000-8000-000000000000';

let hub: TestHub;
let agents = 0;
let halts = 0;

/** So many calls as here nobody makes. */
const LIFTED = Object.fromEntries(
  Object.entries(defaultConfig.values.limits).map(([rule, size]) => [
    rule,
    typeof size === 'number' ? size : { perMinute: 10_000_000, burst: 1_000_000 },
  ]),
) as unknown as LimitSizes;

async function startHub(): Promise<TestHub> {
  const started = await TestHub.start();
  started.limits = LIFTED;
  for (const org of [HUB_ORG, FOREIGN]) await started.decide({ type: 'org.ensure', org });
  return started;
}

/** A key of the role, how histories name it, and an agent: its own, or one of its organisation. */
async function callerOf(role: Role): Promise<{ secret: string; by: string; agent: string }> {
  const agent = `agent-${++agents}`;
  const { secret } = await hub.agent(agent);
  if (role === 'agent') return { secret, by: `agent:${agent}`, agent };
  const key = await hub.key(role);
  return { secret: key.secret, by: `key:${key.id}`, agent };
}

/** Somebody signed in, where keys have nothing of that kind. */
async function personOf(role: MemberRole): Promise<{ secret: Sent; by: string; agent: undefined }> {
  const { cookie, person } = await hub.member(role);
  return { secret: { cookie }, by: `person:${person}`, agent: undefined };
}

/** An invitation, a session or the like: what the route is about, made by that caller. */
async function accessTarget(url: string, by: string, org: string): Promise<string | undefined> {
  const hash = newToken();
  if (url.includes('/keys/:id')) return (await hub.key('viewer', org, { by })).id;
  if (url.includes('/passkeys/:id')) {
    const own = org === HUB_ORG ? /^person:(.+)$/.exec(by)?.[1] : undefined;
    const person = own ?? (await hub.member('viewer', org)).person;
    const given = { credential: newToken(), publicKey: 'k', counter: 0, name: 'phone' };
    return (await hub.decide<CommandOf<'passkey.add'>>({ type: 'passkey.add', person, ...given })).passkey;
  }
  if (url.includes('/members/:id/sessions/:session')) {
    const { person, session } = await hub.member('viewer', org);
    return `${person}${OF_MEMBER}${session}`;
  }
  if (url.includes('/members/:id')) return (await hub.member('viewer', org)).person;
  if (url.includes('/enrolments/:id')) {
    const made = { org, by, hash, uses: 1, ttlMs: 60_000, capabilities: [] };
    return (await hub.decide<CommandOf<'enrolment.create'>>({ type: 'enrolment.create', ...made })).enrolment;
  }
  if (url.includes('/invitations/:id')) {
    const made = { org, by, hash, ttlMs: 60_000, role: 'viewer' as const };
    return (await hub.decide<CommandOf<'member.invite'>>({ type: 'member.invite', ...made })).token;
  }
  if (url.includes('/notifications/')) return notificationTarget(url, by, org);
  if (!url.includes('/sessions/:id')) return undefined;
  const own = /^key:(.+)$/.exec(by)?.[1] ?? '';
  const key = hub.state.access.keys.get(own)?.org === org ? own : (await hub.key('viewer', org)).id;
  await hub.decide({ type: 'token.create', purpose: 'sign_in', org, by, hash, ttlMs: 60_000, key });
  const from = { hash: newToken(), ttlMs: 60_000, idleMs: 60_000, address: 'test' };
  return (await hub.decide<CommandOf<'session.start'>>({ type: 'session.start', ...from, token: hash })).session;
}

/** The alert, a silence, a halt or a spend limit of an organisation. */
async function alertTarget(url: string, by: string, org: string): Promise<string | undefined> {
  if (url.includes('/silences/:id')) {
    const made = { org, ofHub: false, by, matchers: { rule: 'TaskStuck' }, reason: 'r', ttlMs: 60_000 };
    const command = { type: 'silence.create', ...made, untilResolved: false } as const;
    return (await hub.decide<CommandOf<'silence.create'>>(command)).silence;
  }
  if (url.includes('/halts/:id')) {
    // One of each, because the same again is the one that is there.
    const scope = { kind: 'label', value: `team=${++halts}` } as const;
    const made = { org, ofHub: false, by, scope, strength: 'new', reason: 'r' } as const;
    return (await hub.decide<CommandOf<'halt.create'>>({ type: 'halt.create', ...made })).halt;
  }
  if (url.includes('/limits/:scope')) {
    const value = `team=${++halts}`;
    const scope = { kind: 'label', value } as const;
    await hub.decide({ type: 'limit.set', org, ofHub: false, by, scope, amounts: { total: { tokens: 1 } } });
    return `label:${value}`;
  }
  if (!url.includes('/alerts/:id')) return undefined;
  const found = { rule: 'TaskStuck', severity: 'warn', value: 2, limit: 1, subjects: [], count: 1, why: '' } as const;
  const conditions = [HUB_ORG, FOREIGN].map((one) => ({ ...found, org: one }));
  await hub.decide({ type: 'alerts.evaluate', conditions });
  return hub.state.alerts.open.get(`${org}/TaskStuck`)?.id;
}

/** A channel, a delivery that was given up, or the browser of that caller. */
async function notificationTarget(url: string, by: string, org: string): Promise<string> {
  const id = uuidv7();
  const made = { org, by, name: `n-${id}`, kind: 'ntfy' as const, settings: 'sealed' };
  if (url.includes('/channels/:id')) await hub.decide({ type: 'notify.create_channel', channel: id, ...made });
  else if (url.includes('/deliveries/:id')) {
    const status = { id, org, channel: 'c', group: 'g', title: 't', state: 'dead' as const, at: 1, attempts: 9 };
    hub.deliveries.statuses.push(status);
  } else await hub.decide({ type: 'push.subscribe', org, by, subscription: id, digest: id, settings: 'sealed' });
  return id;
}

/** A task of which it is known what it has changed. */
async function changedTask(by: string, org: string): Promise<string> {
  const task = await hub.submit(by, org, { repo: { url: 'https://example.org/shop.git' } });
  const facts = { stage: 'result', base: 'a'.repeat(40), files: 1, added: 1, removed: 0 } as const;
  const items = [{ path: 'a', status: 'added', added: 1, removed: 0 } as const];
  hub.diffs.push({ task, generation: 1, at: '2026-01-31T12:00:00.000Z', ...facts, items, text: '' });
  return task;
}

/** One of what the route is about: a dead or a live task, an agent, a key. */
async function target(name: RouteName, by: string, org: string, agent?: string): Promise<string> {
  const { url } = ROUTES[name];
  if (name === 'task.diff' || name === 'task.comment') return changedTask(by, org);
  if (url.includes('/tasks/:id')) return name === 'task.retry' ? hub.deadTask(by, org) : hub.submit(by, org);
  if (url.includes('/dead-letters/:id')) return hub.deadTask(by, org);
  const other = (await alertTarget(url, by, org)) ?? (await accessTarget(url, by, org));
  if (other !== undefined) return other;
  if (agent !== undefined) return agent;
  const mate = `agent-${++agents}`;
  await hub.agent(mate, org);
  return mate;
}

function nowhere(url: string): string {
  if (url.includes('/limits/')) return 'label:team=nobody';
  return url.includes('/agents/') ? 'nobody' : NOWHERE;
}

function call(name: RouteName, caller: string | Sent | undefined, id = nowhere(ROUTES[name].url)): Promise<Answer> {
  const who = typeof caller === 'object' ? caller : { key: caller };
  const { method, url }: Route = ROUTES[name];
  const body = method === 'GET' || method === 'DELETE' ? {} : { body: BODIES[name] ?? {} };
  const [first = '', second = NOWHERE] = id.split(OF_MEMBER);
  return hub.call(method, url.replace(/:\w+/, first).replace(':session', second), { ...who, ...body });
}

const BODIES: Partial<Record<RouteName, unknown>> = {
  'task.submit': { title: 't', prompt: 'p', needs: ['nobody'] },
  'task.answer': { answer: 'yes' },
  'task.comment': { comments: [{ file: 'a', line: 1, text: 'Why?' }] },
  'message.send': { to: 'agent:nobody', body: 'hello' },
  'key.create': { role: 'viewer', name: 'v' },
  'session.switch': { org: 'nowhere' },
  'me.password': { password: 'correct horse battery' },
  'passkey.create': { name: 'x', credential: { id: 'x', clientDataJSON: 'x', attestationObject: 'x' } },
  'totp.confirm': { code: '123456' },
  'totp.remove': { code: '123456' },
  'me.join': { token: 'unknown' },
  'org.create': { org: 'acme' },
  'member.invite': { role: 'viewer' },
  'member.change': { role: 'operator' },
  'org.change': { quotas: {} },
  'restore.create': { backup: 'nothing.backup', confirm: 'nothing.backup' },
  'alert.noise': { reason: 'false_positive' },
  'view.create': { name: 'v' },
  'halt.create': { scope: { kind: 'label', value: 'team=nobody' }, strength: 'new', reason: 'r' },
  'limit.set': { total: { tokens: 1 } },
  'notify.create': { kind: 'webhook', name: 'hook', settings: { url: 'https://example.org/' } },
  'notify.setRoutes': { routes: [] },
  'push.subscribe': { endpoint: 'https://push.example.org/1', keys: { p256dh: 'aa', auth: 'aa' } },
};

/** What cannot be told from an answer about something that does not exist. */
function withoutNames({ status, body }: Answer, id: string): unknown {
  const [first = ''] = id.split(OF_MEMBER);
  return { status, body: JSON.parse(JSON.stringify({ ...body, traceId: '' }).replaceAll(first, 'ID')) };
}

const routes = Object.keys(ROUTES) as RouteName[];
const keyed = routes.filter((name) => EXPECTED[name] !== 'public');
const onOne = keyed.filter(
  (name) =>
    !/backup|operation|schema|channel|^view/.test(name) &&
    /\/:(id|name|scope)/.test(ROUTES[name].url) &&
    name !== 'limit.set',
);
const each = (names: readonly RouteName[]) => names.flatMap((name) => ROLES.map((role) => ({ name, role })));

function expected(name: RouteName, role: Role): Reach | undefined {
  const allowed = EXPECTED[name];
  return allowed === 'public' ? undefined : allowed[role];
}

test('every route and every frame has a row, and every action is one of a route, a frame or a live view', () => {
  expect(Object.keys(EXPECTED).sort()).toEqual([...routes].sort());
  expect(Object.keys(FRAMES_EXPECTED).sort()).toEqual(Object.keys(sidecarFrames).sort());
  const used = new Set([
    'live.open',
    ...Object.values(LIVE_ACTIONS),
    ...routes.map((name) => ROUTES[name].action),
    ...Object.values(FRAME_ACTIONS),
  ]);
  expect([...used].filter((action) => action !== 'public').sort()).toEqual(Object.keys(POLICY).sort());
});

test.each(Object.keys(sidecarFrames) as SidecarFrameType[])('the frame %s is for agents', (type) => {
  expect(reachOf({ role: 'agent', org: FOREIGN }, FRAME_ACTIONS[type])).toBe(FRAMES_EXPECTED[type]);
  // Others may do the same by a route, where there is one, and never by a socket.
  const hasRoute = routes.some((name) => ROUTES[name].action === FRAME_ACTIONS[type]);
  for (const role of ROLES.filter((name) => name !== 'agent')) {
    if (!hasRoute) expect(reachOf({ role, org: HUB_ORG }, FRAME_ACTIONS[type])).toBeUndefined();
    expect(reachOf({ role, org: HUB_ORG }, 'agents.connect')).toBeUndefined();
  }
});

describe('a route', () => {
  beforeAll(async () => {
    hub = await startHub();
  });

  afterAll(() => hub.stop());

  test.each(keyed)('%s is refused without a key', async (name) => {
    expect(await call(name, undefined)).toMatchObject({ status: 401, body: { code: 'auth.missing' } });
  });

  test.each(each(keyed))('$name with a key of role $role', async ({ name, role }) => {
    const { secret } = await callerOf(role);
    const answer = await call(name, secret);
    const isForbidden = answer.body.code === 'auth.forbidden';
    expect(isForbidden, JSON.stringify(answer.body)).toBe(expected(name, role) === undefined);
  });

  test.each(each(keyed).filter(({ role }) => role !== 'agent'))(
    '$name with the session of a member in role $role',
    async ({ name, role }) => {
      const { cookie } = await hub.member(role as MemberRole);
      const answer = await call(name, { cookie });
      const isForbidden = answer.body.code === 'auth.forbidden';
      expect(isForbidden, JSON.stringify(answer.body)).toBe(expected(name, role) === undefined);
      // Nobody calls anything with the cookie from another page.
      const other = await call(name, { cookie, headers: { origin: 'https://evil.example.org' } });
      if (ROUTES[name].method !== 'GET') expect(other.body).toMatchObject({ code: 'request.cross_origin' });
    },
  );

  test.each(each(keyed))('$name with a key of role $role that has no scope for it', async ({ name, role }) => {
    if (role === 'agent') return;
    const action = ROUTES[name].action as Action;
    const needed = SCOPE_OF[action];
    const others = SCOPES.filter((scope) => scope !== needed);
    const { secret } = await hub.key(role, HUB_ORG, { scopes: others });
    const answer = await call(name, secret);
    const isForbidden = answer.body.code === 'auth.forbidden';
    if (needed !== undefined) expect(isForbidden, JSON.stringify(answer.body)).toBe(true);
    else expect(isForbidden, JSON.stringify(answer.body)).toBe(expected(name, role) === undefined);
  });

  test('that changes something shows it to whoever may change it, even if that one may read nothing else', async () => {
    const { secret } = await callerOf('agent');
    const submitted = await call('task.submit', secret);
    expect(submitted, JSON.stringify(submitted.body)).toMatchObject({ status: 201, body: { title: 't' } });
    expect(await call('task.list', secret)).toMatchObject({ status: 403 });
  });

  test.each(each(onOne))('$name of what is and is not for a $role to see', async ({ name, role }) => {
    const reach = expected(name, role);
    if (reach === undefined) return;
    const caller = await (name === 'passkey.remove' ? personOf(role as MemberRole) : callerOf(role));
    const nothing = nowhere(ROUTES[name].url);
    const missing = withoutNames(await call(name, caller.secret, nothing), nothing);
    expect(missing).toMatchObject({ status: 404 });

    const foreign = await target(name, caller.by, FOREIGN);
    expect(withoutNames(await call(name, caller.secret, foreign), foreign)).toEqual(missing);

    const ofMate = await target(name, 'key:mate', HUB_ORG);
    const toMate = withoutNames(await call(name, caller.secret, ofMate), ofMate);
    if (reach === 'org') expect(toMate).not.toMatchObject({ status: 404 });
    else expect(toMate).toEqual(missing);

    const own = await target(name, caller.by, HUB_ORG, caller.agent);
    const toOwn = await call(name, caller.secret, own);
    expect([200, 201, 204, 409], JSON.stringify(toOwn.body)).toContain(toOwn.status);
  });
});

describe('of what it tells', () => {
  beforeEach(async () => {
    hub = await startHub();
  });

  afterEach(() => hub.stop());

  describe('lists and figures', () => {
    interface Listed {
      readonly items: readonly { readonly id?: string; readonly name?: string; readonly task?: string }[];
    }

    async function listed(url: string, key: string): Promise<string[]> {
      const { body } = await hub.call<Listed>('GET', url, { key });
      return body.items.map(({ id, name }) => id ?? name ?? '').sort();
    }

    test.each(ROLES)('show a %s what is in its reach and nothing else', async (role) => {
      const caller = await callerOf(role);
      const own = [await hub.submit(caller.by), await hub.deadTask(caller.by)];
      const mates = [await hub.submit('key:mate'), await hub.deadTask('key:mate')];
      const foreign = [await hub.submit(caller.by, FOREIGN), await hub.deadTask(caller.by, FOREIGN)];
      await hub.agent('mate');
      await hub.agent('stranger', FOREIGN);
      expect(foreign.length).toBe(2);

      const reach = expected('task.list', role);
      const visible = reach === 'org' ? [...own, ...mates] : reach === 'own' ? own : [];
      if (reach !== undefined) {
        expect(await listed('/tasks', caller.secret)).toEqual([...visible].sort());
        expect(await listed('/tasks?state=dead', caller.secret)).toEqual(
          visible.filter((id) => id === own[1] || id === mates[1]).sort(),
        );
        expect(await listed('/dead-letters', caller.secret)).toEqual(
          visible.filter((id) => id === own[1] || id === mates[1]).sort(),
        );
        const { body } = await hub.call<{ tasks: Record<string, number>; queued: Record<string, number> }>(
          'GET',
          '/stats',
          { key: caller.secret },
        );
        expect(body.tasks).toMatchObject({ queued: visible.length / 2, dead: visible.length / 2 });
        expect(body.queued).toMatchObject({ normal: visible.length / 2 });
        expect('perSecond' in body).toBe(reach === 'org');
      }
      const inReach = expected('agent.list', role) === 'self' ? [caller.agent] : [caller.agent, 'mate'];
      expect(await listed('/agents', caller.secret)).toEqual(inReach);
      if (role === 'owner') {
        const keys = await hub.call<{ items: { id: string }[] }>('GET', '/keys', { key: caller.secret });
        const ofOrg = [...hub.state.keys.values()].filter(({ org }) => org === HUB_ORG).map(({ id }) => id);
        expect(keys.body.items.map(({ id }) => id).sort()).toEqual(ofOrg.sort());
      }
    });

    describe('of work in the background', () => {
      async function begun(kind: 'tasks' | 'backup', by: string, org?: string): Promise<string> {
        const about = org === undefined ? {} : { org };
        const operation = await hub.operations.start(kind, by, async () => ({}), about);
        return operation.id;
      }

      async function reached(secret: string, ids: Readonly<Record<string, string>>) {
        const shown = await listed('/operations', secret);
        const one = await Promise.all(
          Object.values(ids).map((id) => hub.call('GET', `/operations/${id}`, { key: secret })),
        );
        const named = (isIn: (id: string, i: number) => boolean) =>
          Object.keys(ids).filter((name, i) => isIn(ids[name] as string, i));
        // What a list leaves out is not there by its id either.
        expect(named((_, i) => one[i]?.status === 200)).toEqual(named((id) => shown.includes(id)));
        return named((id) => shown.includes(id));
      }

      test.each(ROLES)('a %s is shown what it may begin', async (role) => {
        const { secret, by } = await callerOf(role);
        const ids = {
          own: await begun('tasks', by, HUB_ORG),
          mates: await begun('tasks', 'key:mate', HUB_ORG),
          foreign: await begun('tasks', by, FOREIGN),
          hubs: await begun('backup', 'hub'),
        };
        const reach = expected('operation.list', role);
        if (reach === undefined) {
          expect(await hub.call('GET', '/operations', { key: secret })).toMatchObject({ status: 403 });
          return;
        }
        const visible = [...(reach === 'own' ? ['own'] : ['own', 'mates']), ...(role in hubs ? ['hubs'] : [])];
        expect(await reached(secret, ids)).toEqual(visible);
      });

      test('an owner of another organisation is shown that of its own alone', async () => {
        const { secret } = await hub.key('owner', FOREIGN);
        const ids = {
          hubs: await begun('backup', 'hub'),
          ofHubOrg: await begun('tasks', 'key:mate', HUB_ORG),
          own: await begun('tasks', 'key:theirs', FOREIGN),
        };
        expect(await reached(secret, ids)).toEqual(['own']);
      });

      test('a key of some repositories or of other scopes is not shown what mates do to all tasks', async () => {
        const ids = { mates: await begun('tasks', 'key:mate', HUB_ORG), hubs: await begun('backup', 'hub') };
        const some = await hub.key('operator', HUB_ORG, { repositories: ['https://example.org/shop.git'] });
        const reading = await hub.key('owner', HUB_ORG, { scopes: ['tasks:read'] });
        expect([await reached(some.secret, ids), await reached(reading.secret, ids)]).toEqual([[], []]);
      });

      test('says by name who began it', async () => {
        const { secret, id } = await hub.key('operator');
        await begun('tasks', `key:${id}`, HUB_ORG);
        const name = hub.state.access.keys.get(id)?.name;
        const { body } = await hub.call<{ items: unknown[] }>('GET', '/operations', { key: secret });
        expect([typeof name, body.items]).toEqual(['string', [expect.objectContaining({ byName: name })]]);
      });
    });

    test('a requeue of many touches the dead letters of the own organisation alone', async () => {
      const { secret } = await hub.key('operator');
      const [mine, theirs] = [await hub.deadTask('key:x'), await hub.deadTask('key:x', FOREIGN)];
      expect((await hub.call('POST', '/dead-letters/requeue', { key: secret, body: {} })).body).toEqual({
        requeued: 1,
        remaining: 0,
      });
      expect([hub.state.tasks.get(mine)?.state, hub.state.tasks.get(theirs)?.state]).toEqual(['queued', 'dead']);
    });

    test('an owner of another organisation reaches nothing of the hub itself', async () => {
      const { secret } = await hub.key('owner', FOREIGN);
      for (const name of ['metrics', 'backup.list', 'backup.create', 'restore.create'] as const) {
        expect(await call(name, secret), name).toMatchObject({ status: 403 });
      }
    });
  });

  describe('what something visible reveals about others', () => {
    test('an agent does not name the task of another submitter', async () => {
      const { secret, id } = await hub.key('submitter');
      await hub.agent('worker');
      const hello = { type: 'agent.hello' as const, org: HUB_ORG, agent: 'worker', connection: 'c', instance: 'i' };
      await hub.decide({ ...hello, capabilities: [], version: '1.0.0', host: 'h', os: 'linux' });
      const theirs = await hub.submit('key:mate', HUB_ORG, { needs: [] });
      expect(hub.state.agents.get(`${HUB_ORG}/worker`)?.task).toBe(theirs);
      const seen = await hub.call('GET', '/agents/worker', { key: secret });
      expect(seen.body).toMatchObject({ name: 'worker', state: 'assigned' });
      expect(JSON.stringify(seen.body)).not.toContain(theirs);

      await hub.decide({
        type: 'task.reject',
        connection: 'c',
        org: HUB_ORG,
        agent: 'worker',
        task: theirs,
        generation: 1,
        reason: 'no',
      });
      await hub.decide({ type: 'task.cancel', org: HUB_ORG, task: theirs, by: 'x', reason: 'x' });
      const mine = await hub.submit(`key:${id}`, HUB_ORG, { needs: [] });
      expect((await hub.call('GET', '/agents/worker', { key: secret })).body).toMatchObject({ task: mine });
    });

    test('a task does not name that of another submitter which changes the same files', async () => {
      const { secret, id } = await hub.key('submitter');
      const repo = { url: 'https://example.org/shop.git' };
      const tasks: string[] = [];
      for (const [agent, by] of [
        ['one', `key:${id}`],
        ['two', 'key:mate'],
      ] as const) {
        await hub.agent(agent);
        const hello = { type: 'agent.hello' as const, org: HUB_ORG, agent, connection: agent, instance: agent };
        await hub.decide({ ...hello, capabilities: [agent], version: '1.0.0', host: 'h', os: 'linux' });
        const task = await hub.submit(by, HUB_ORG, { repo, needs: [agent] });
        const attempt = { org: HUB_ORG, agent, connection: agent, task, generation: 1 };
        await hub.decide({ type: 'task.accept', ...attempt });
        await hub.decide({ type: 'task.progress', ...attempt, report: { seq: 1, digest: 'd' }, paths: ['a.ts'] });
        tasks.push(task);
      }
      const [mine = '', theirs = ''] = tasks;
      expect(JSON.stringify(hub.state.tasks.get(mine))).toContain(theirs);
      const seen = await hub.call('GET', `/tasks/${mine}`, { key: secret });
      expect(seen.status).toBe(200);
      expect(JSON.stringify(seen.body)).not.toContain(theirs);
    });

    test('a task of another submitter cannot be a parent of mine', async () => {
      const { secret, id } = await hub.key('submitter');
      const theirs = await hub.submit('key:mate');
      const submit = async (parent: string) => {
        const body = { title: 't', prompt: 'p', dependsOn: [parent] };
        return withoutNames(await hub.call('POST', '/tasks', { key: secret, body }), parent);
      };
      expect(await submit(theirs)).toEqual(await submit(NOWHERE));
      expect(await submit(await hub.submit(`key:${id}`))).toMatchObject({ status: 201 });
    });

    test('an idempotency key of another submitter neither shows its task nor stands in the way', async () => {
      const [one, two] = [await hub.key('submitter'), await hub.key('submitter')];
      const headers = { 'idempotency-key': 'nightly' };
      const submit = (key: string, title: string) =>
        hub.call('POST', '/tasks', { key, headers, body: { title, prompt: 'p' } });
      const first = await submit(one.secret, 'one');
      expect((await submit(one.secret, 'one')).body.id).toBe(first.body.id);
      expect(await submit(two.secret, 'two')).toMatchObject({ status: 201, body: { title: 'two' } });
      const same = await submit(two.secret, 'two');
      expect(same.body.id).not.toBe(first.body.id);
    });
  });
});

// Agents of two organisations on one hub, over real sockets: what a frame names of somebody else's is answered like what does not exist, tells
// nothing and changes nothing, and the hub says nothing of one organisation to the other. Long: every frame has its row, every kind of thing its
// example.

import { randomUUID } from 'node:crypto';
import { FRAME_ACTIONS, reachOf } from '@agentcom/hub/access/policy';
import {
  type AuditPage,
  type CreatedKey,
  type CreatedOrg,
  type SidecarFrameType,
  salvageRefOf,
  sidecarFrames,
  type TaskPage,
} from '@agentcom/schemas';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { validFrames } from '../fixtures/valid-input.js';
import { AgentSocket, type Frame } from '../support/agent-socket.js';
import { HubApi } from '../support/api.js';
import { type Hub, startHub } from '../support/hub.js';
import { type Attempt, completion, failure, offerOf, question } from '../support/on-hub.js';
import { Sandbox } from '../support/sandbox.js';
import { eventually } from '../support/wait.js';

/** In every text of the scenes: no frame to anybody else may have it. */
const SECRET = 'sesame';
const REPO = { url: 'https://example.org/shop.git' };

interface Thing {
  readonly what: string;
  readonly id: string;
  readonly generation: number;
}

/** What frames can name. */
interface Names extends Pick<Thing, 'id' | 'generation'> {
  readonly agent: string;
  readonly channel: string;
  readonly key: string;
}

/** An organisation with one of everything, and agents that stay connected. */
interface Scene {
  readonly api: HubApi;
  readonly things: readonly Thing[];
  readonly agents: readonly AgentSocket[];
  readonly channel: string;
  readonly key: string;
}

const NOTHING: Names = {
  ...{ id: '01890000-0000-7000-8000-000000000001', generation: 1 },
  ...{ agent: 'never-enrolled', channel: 'never-used', key: 'never-seen' },
};

const attempt = ({ id, generation }: Names) => [{ task: id, generation }];
const inChannel = ({ channel }: Names) => [{ channel }];
const nothing = () => [{}];

/** The parts of each frame that name something, in each way that they can. */
const NAMING: Readonly<Record<SidecarFrameType, (names: Names) => readonly Readonly<Record<string, unknown>>[]>> = {
  hello: ({ id, generation }) => [{ holding: { task: id, generation, phase: 'running' } }],
  heartbeat: nothing,
  'task.accept': attempt,
  'task.reject': attempt,
  'task.progress': attempt,
  'task.output': attempt,
  'task.diff.part': attempt,
  'task.diff': attempt,
  'task.block': attempt,
  'task.answered': attempt,
  'task.complete': attempt,
  'task.fail': attempt,
  'task.stopped': attempt,
  'task.submit': ({ id, key }) => [
    { dependsOn: [id], idempotencyKey: randomUUID() },
    { dependsOn: [], baseFromParent: false, idempotencyKey: key },
  ],
  'agents.list': nothing,
  'message.send': ({ id, agent, channel }) => [
    { to: `agent:${agent}`, replyTo: id },
    { to: `channel:${channel}`, replyTo: undefined },
  ],
  'message.ack': ({ id }) => [{ messageId: id }],
  'channel.join': inChannel,
  'channel.leave': inChannel,
  'channel.history': inChannel,
};

const types = Object.keys(sidecarFrames) as SidecarFrameType[];

const sandbox = new Sandbox();
let hub: Hub;
let acme: HubApi;

beforeAll(async () => {
  hub = await startHub(sandbox, { tasks: { acceptTimeoutSeconds: 3600, stopGraceSeconds: 3600 } });
  acme = await foundOrg('acme');
});

afterAll(async () => {
  await hub?.stop();
  expect(await sandbox.close()).toEqual([]);
});

async function foundOrg(org: string): Promise<HubApi> {
  const { invitation } = await hub.api.need<CreatedOrg>('POST', '/orgs', { org });
  const account = { email: `ada@${org}.example`, name: 'Ada', password: 'correct horse battery' };
  const token = new URL(invitation?.url ?? '').hash.split('=')[1];
  const person = new HubApi(hub.url, null);
  const { headers } = await person.call('POST', '/registrations', { ...account, invitation: token });
  const session = { cookie: headers.getSetCookie()[0]?.split(';')[0] ?? '', origin: hub.url };
  const { key } = await person.need<CreatedKey>('POST', '/keys', { role: 'owner', name: 'ops' }, session);
  return new HubApi(hub.url, key);
}

async function joined(api: HubApi, name: string, onFrame?: (frame: Frame) => void): Promise<AgentSocket> {
  const agent = await AgentSocket.open(hub.url, await api.enrol(name), onFrame);
  await agent.hello({ capabilities: [name] });
  return agent;
}

async function offered(api: HubApi, agent: AgentSocket): Promise<Attempt> {
  const texts = { title: `${SECRET} title`, prompt: `${SECRET} prompt`, labels: { team: SECRET } };
  const { id } = await api.submit({ ...texts, repo: REPO, needs: [agent.machine.name] });
  return offerOf(agent, id);
}

async function atWork(api: HubApi, agent: AgentSocket): Promise<Attempt> {
  const taken = await offered(api, agent);
  await agent.ok({ type: 'task.accept', ...taken });
  return taken;
}

async function progressed(agent: AgentSocket, at: Attempt): Promise<void> {
  const session = { runner: 'command', id: `${SECRET}-session` };
  await agent.ok({ type: 'task.progress', ...at, seq: 1, note: `${SECRET} note`, paths: ['a.ts'], session });
  agent.send({ type: 'task.output', ...at, outputSeq: 1, stream: 'stdout', data: `${SECRET} output` });
  await agent.ofType('task.output.ack');
}

async function died(agent: AgentSocket, at: Attempt): Promise<void> {
  const error = { class: 'permanent', code: `${SECRET}.code`, message: `${SECRET} message` };
  const salvageRef = salvageRefOf({ ...at, agent: agent.machine.name });
  await agent.ok({ ...failure(at, 'permanent'), error, salvageRef });
}

async function sceneOf(api: HubApi, prefix: string): Promise<Scene> {
  const [ender, worker, asker, idler] = (await Promise.all(
    ['ender', 'worker', 'asker', 'idler'].map((name) => joined(api, `${prefix}-${name}`)),
  )) as [AgentSocket, AgentSocket, AgentSocket, AgentSocket];
  const archived = await atWork(api, ender);
  await ender.ok(completion(archived));
  await leavesMemory(api, archived.task);
  const completed = await atWork(api, ender);
  await ender.ok(completion(completed, 1, `${SECRET} summary`));
  const dead = await atWork(api, ender);
  await died(ender, dead);
  const cancelled = await atWork(api, ender);
  await api.need('POST', `/tasks/${cancelled.task}/cancel`, { reason: `${SECRET} reason` });
  const working = await atWork(api, worker);
  await progressed(worker, working);
  const blocked = await atWork(api, asker);
  await asker.ok({ ...question(blocked), question: `${SECRET} question` });
  const waiting = await offered(api, idler);

  const [channel, key] = [`${prefix}-channel`, `${prefix}-key`];
  const own = { title: `${SECRET} title`, prompt: `${SECRET} prompt`, needs: ['nobody'] };
  const queued = await worker.ok({ type: 'task.submit', idempotencyKey: key, ...own });
  for (const agent of [worker, asker]) await agent.ok({ type: 'channel.join', channel });
  const said = { type: 'message.send', body: `${SECRET} body` };
  const message = await worker.ok({ ...said, to: `agent:${asker.machine.name}` });
  const announced = await worker.ok({ ...said, to: `channel:${channel}` });
  // Delivered: from here on nothing changes by itself.
  for (const { messageId } of [message, announced]) await asker.next((frame) => frame.messageId === messageId);

  const attempts = { archived, completed, dead, cancelled, working, blocked, waiting };
  return {
    ...{ api, channel, key, agents: [ender, worker, asker, idler] },
    things: [
      ...Object.entries(attempts).map(([what, { task: id, generation }]) => ({ what, id, generation })),
      { what: 'queued', id: String(queued.task), generation: 1 },
      { what: 'message', id: String(message.messageId), generation: 1 },
      { what: 'announcement', id: String(announced.messageId), generation: 1 },
    ],
  };
}

async function leavesMemory(api: HubApi, task: string): Promise<void> {
  await hub.api.need('PATCH', '/config', { retention: { finishedTasks: 0 } });
  await eventually('the task leaves memory', 20_000, async () => {
    const { items } = await api.need<TaskPage>('GET', '/tasks');
    return items.every(({ id }) => id !== task) || undefined;
  });
  await hub.api.need('PATCH', '/config', { retention: { finishedTasks: 100_000 } });
}

/** What its own people see of the scene, and in `lists`; not when. */
async function stateOf({ api, things, agents, channel }: Scene, lists: readonly string[] = []): Promise<unknown> {
  const paths = [
    ...things.flatMap(({ id }) => [`/tasks/${id}`, `/tasks/${id}/output`]),
    ...agents.flatMap(({ machine: { name } }) => [`/agents/${name}`, `/agents/${name}/messages`]),
    `/channels/${channel}/messages`,
  ];
  const seen = [...paths, ...lists].map(async (path) => [path, (await api.call('GET', path)).body]);
  return JSON.parse(
    JSON.stringify(await Promise.all(seen), (name, value) => (/^at$|SeenAt$|traceId/.test(name) ? null : value)),
  );
}

interface Exchange {
  readonly sent: Readonly<Record<string, unknown>>;
  readonly heard: readonly Frame[];
}

/** Sends the frame about these things, with every other part that it has, in each way that it can name them. */
async function exchanged(type: SidecarFrameType, names: Names, agent: AgentSocket): Promise<Exchange[]> {
  const exchanges: Exchange[] = [];
  for (const naming of NAMING[type](names)) {
    const sent = { type, ...validFrames[type], ...naming };
    const heard = type === 'hello' ? await greeted(sent) : [await agent.request(sent)];
    exchanges.push({ sent, heard });
  }
  return exchanges;
}

let strangers = 0;

/** All that a new agent hears that says hello, and says it again on another connection. */
async function greeted(hello: Readonly<Record<string, unknown>>): Promise<Frame[]> {
  const machine = await hub.api.enrol(`stranger-${++strangers}`);
  const agent = { ...(validFrames.hello.agent as object), name: machine.name };
  const heard: Frame[] = [];
  for (let times = 0; times < 2; times++) {
    const socket = await AgentSocket.open(hub.url, machine, (frame) => heard.push(frame));
    await socket.request({ ...hello, agent });
    // What follows a hello is said before anything else is answered.
    await socket.ok({ type: 'heartbeat', unfit: hello.unfit });
    await socket.close();
  }
  return heard;
}

const VARYING: ReadonlySet<string> = new Set([
  're',
  'agent',
  'task',
  'generation',
  'messageId',
  'serverTime',
  'sentAt',
]);

/** What must be the same of whatever is not there. */
function withoutNames(exchanges: readonly Exchange[], { id, agent, channel, key }: Names): unknown {
  const all = exchanges.map(({ heard }) => heard);
  const text = JSON.stringify(all, (name, value) => (VARYING.has(name) ? name : value));
  return JSON.parse([id, agent, channel, key].reduce((left, name) => left.replaceAll(name, 'NAME'), text));
}

/** What of the scene was said to somebody who did not know it. */
function revealed(exchanges: readonly Exchange[], { things, agents, channel, key }: Scene): string[] {
  const all = [SECRET, channel, key, ...things.map(({ id }) => id), ...agents.map(({ machine }) => machine.name)];
  return exchanges.flatMap(({ sent, heard }) => {
    const [known, told] = [JSON.stringify(sent), JSON.stringify(heard)];
    return all.filter((one) => told.includes(one) && !known.includes(one));
  });
}

const namesOf = ({ channel, key, agents: [agent] }: Scene, { id, generation }: Thing): Names => ({
  ...{ id, generation, channel, key },
  agent: agent?.machine.name ?? '',
});

describe('what a frame names of another organisation', () => {
  const lists = ['/tasks?limit=200', '/agents', '/dead-letters', '/channels', '/usage', '/audit?limit=200'];
  let theirs: Scene;
  let agent: AgentSocket;
  let before: unknown;

  beforeAll(async () => {
    theirs = await sceneOf(acme, 'theirs');
    agent = await joined(hub.api, 'intruder');
    // What was done last is in the audit log, which is written a little later.
    const last = theirs.things.find(({ what }) => what === 'announcement')?.id;
    await eventually('the audit log', 20_000, async () => {
      const { items } = await acme.need<AuditPage>('GET', '/audit?limit=200');
      return items.some(({ target }) => target === last) || undefined;
    });
    before = await stateOf(theirs, lists);
  });

  test.each(types)('is not there for %s', async (type) => {
    for (const thing of theirs.things) {
      const names = namesOf(theirs, thing);
      const missing = withoutNames(await exchanged(type, NOTHING, agent), NOTHING);
      const exchanges = await exchanged(type, names, agent);
      expect(withoutNames(exchanges, names), thing.what).toEqual(missing);
      expect(revealed(exchanges, theirs), thing.what).toEqual([]);
    }
  });

  test('is as it was, whatever was sent', async () => {
    expect(await stateOf(theirs, lists)).toEqual(before);
    expect(agent.unread).toEqual([]);
  });
});

describe('what a frame of an agent names of a colleague', () => {
  /** A channel is everybody's in its organisation. */
  const ofSelf = types.filter(
    (type) =>
      !type.startsWith('channel.') && reachOf({ role: 'agent', org: 'default' }, FRAME_ACTIONS[type]) === 'self',
  );
  let theirs: Scene;
  let agent: AgentSocket;
  let before: unknown;

  beforeAll(async () => {
    theirs = await sceneOf(hub.api, 'colleagues');
    agent = await joined(hub.api, 'curious');
    before = await stateOf(theirs);
  });

  test.each(ofSelf)('is not its own for %s', async (type) => {
    for (const thing of theirs.things) {
      const names = namesOf(theirs, thing);
      const missing = withoutNames(await exchanged(type, NOTHING, agent), NOTHING);
      const exchanges = await exchanged(type, names, agent);
      const [answer] = exchanges.flatMap(({ heard }) => heard);
      // What an agent had once it must learn to be another's now, and it is not remembered who had what.
      const isFenced = /^task\.(stale_generation|already_final)$/.test(String(answer?.code));
      if (!isFenced) expect(withoutNames(exchanges, names), thing.what).toEqual(missing);
      expect(revealed(exchanges, theirs), thing.what).toEqual([]);
    }
  });

  test('is as it was, whatever was sent', async () => {
    expect(await stateOf(theirs)).toEqual(before);
  });
});

test('an agent that says hello by the name of another learns nothing of whether there is one', async () => {
  const [named, impostor] = [await joined(acme, 'named'), await hub.api.enrol('impostor')];
  const answers: unknown[] = [];
  for (const name of [named.machine.name, NOTHING.agent]) {
    const socket = await AgentSocket.open(hub.url, impostor);
    const agent = { ...(validFrames.hello.agent as object), name };
    answers.push([await socket.request({ type: 'hello', ...validFrames.hello, agent }), await socket.closed]);
  }
  expect(answers[0]).toMatchObject([{ code: 'auth.forbidden' }, { code: 4003 }]);
  expect(answers[0]).toEqual(answers[1]);
  expect(named.isOpen).toBe(true);
});

test('nothing that an organisation does is said to an agent of another', async () => {
  const heard = new Map<string, Frame[]>();
  const [worker, mate] = (await Promise.all(
    ['same-worker', 'same-mate'].map((name) => {
      const frames: Frame[] = [];
      heard.set(name, frames);
      return joined(hub.api, name, (frame) => frames.push(frame));
    }),
  )) as [AgentSocket, AgentSocket];
  const [theirs, theirMate] = [await joined(acme, 'same-worker'), await joined(acme, 'same-mate')];
  for (const agent of [worker, mate, theirs, theirMate])
    await agent.ok({ type: 'channel.join', channel: 'same-channel' });
  for (const frames of heard.values()) frames.length = 0;

  // Agents of the same names and abilities work on the same files.
  const our = await atWork(hub.api, worker);
  await worker.ok({ type: 'task.progress', ...our, seq: 1, paths: ['a.ts'] });
  const their = await atWork(acme, theirs);
  await progressed(theirs, their);
  await theirs.ok({ ...question(their, 'q1', 2), question: SECRET });
  await acme.need('POST', `/tasks/${their.task}/answer`, { answer: SECRET });
  await theirs.ofType('task.answer');
  await theirs.ok({ type: 'task.answered', ...their, questionId: 'q1' });
  await acme.need('POST', `/tasks/${their.task}/cancel`, { reason: SECRET });
  await theirs.ofType('task.cancel');
  await theirs.ok({ type: 'task.stopped', ...their });
  await died(theirs, await atWork(acme, theirs));
  // The second one waits, although an idle agent of the other organisation could take it.
  for (const idempotencyKey of ['one', 'two']) {
    await theirs.ok({ type: 'task.submit', title: SECRET, prompt: SECRET, needs: ['same-mate'], idempotencyKey });
  }
  await theirMate.ofType('task.assign');
  for (const to of ['agent:same-mate', 'channel:same-channel']) {
    await theirs.ok({ type: 'message.send', to, body: SECRET });
    await theirMate.ofType('message');
  }
  await acme.need('POST', '/agents/same-worker/drain', { reason: SECRET });
  await theirs.ofType('agent.drain');
  await acme.need('POST', '/agents/same-worker/resume', { reason: SECRET });
  await theirs.ofType('agent.resume');
  await acme.need('DELETE', '/agents/same-worker');
  await theirs.closed;

  // Messages come in their order: one that had gone astray would have come before this one.
  for (const [from, to] of [
    [worker, mate],
    [mate, worker],
  ] as const) {
    await from.ok({ type: 'message.send', to: `agent:${to.machine.name}`, body: 'the last' });
    await to.next(({ body }) => body === 'the last');
  }
  const told = [...heard.values()].map((frames) => frames.filter(({ type }) => type !== 'ok'));
  expect(told).toMatchObject([
    [
      { type: 'task.assign', task: { id: our.task } },
      { type: 'message', body: 'the last' },
    ],
    [{ type: 'message', body: 'the last' }],
  ]);
  expect(JSON.stringify(await hub.api.task(our.task))).not.toContain(their.task);
});

import type { Holding, Unfit } from '@agentcom/schemas';
import { systemScheduler } from '@agentcom/schemas/host';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ATTEMPT, task } from '../core/fixture.js';
import type { RequestError } from '../core/job-model.js';
import { type Caller, FakeHub } from './fixture.js';
import { Link, type LinkListener } from './link.js';
import { HubSocket } from './socket.js';
import type { Connect } from './wire.js';

let hub: FakeHub;
let link: Link;
let holding: Holding | undefined;
let unfit: Unfit | undefined;
let heard: string[];
let said: string[];
let waiting: (() => void)[];

beforeEach(async () => {
  hub = await FakeHub.start();
  holding = undefined;
  unfit = undefined;
  heard = [];
  said = [];
  waiting = [];
  const hear = (what: string) => {
    heard.push(what);
    for (const wake of waiting.splice(0)) wake();
  };
  const say = (message: string) => {
    said.push(message);
    for (const wake of waiting.splice(0)) wake();
  };
  const listener: LinkListener = {
    holding: () => holding,
    unfit: () => unfit,
    health: async () => ({ load: 0.5 }),
    welcomed: (verdict, _time, _grace, _org, takesDiffs) =>
      hear(`welcomed ${verdict}${takesDiffs ? ' with diffs' : ''}`),
    lost: () => hear('lost'),
    task: (frame) => hear(frame.type),
    outputTaken: ({ outputSeq }) => hear(`taken ${outputSeq}`),
    outputHeldUp: (ms) => hear(`held up ${ms}`),
    diffAsked: ({ generation }) => hear(`asked for the diff of ${generation}`),
    message: ({ body }) => hear(`message ${body}`),
    ended: (cause) => hear(`ended ${cause}`),
  };
  const log = {
    debug: () => undefined,
    info: (_about: object, message: string) => say(message),
    warn: (_about: object, message: string) => say(message),
    error: (_about: object, message: string) => say(message),
  };
  const connect: Connect = (to) => new HubSocket(hub.url, 'ac_key', to, {});
  link = new Link({ connect, agent: AGENT, instance: 'i-1', scheduler: systemScheduler, log }, listener);
});

afterEach(async () => {
  await link.stop();
  await hub.stop();
});

const AGENT = { name: 'tern', capabilities: ['git'], version: '0.1.0', host: 'here', os: 'linux' };

async function until(what: string): Promise<void> {
  while (!heard.includes(what)) await new Promise<void>((resolve) => waiting.push(resolve));
  heard.splice(heard.indexOf(what), 1);
}

async function sayingHas(words: string): Promise<void> {
  while (!said.some((line) => line.includes(words))) await new Promise<void>((resolve) => waiting.push(resolve));
}

async function linked(): Promise<Caller> {
  link.start();
  const caller = await hub.caller();
  await caller.welcome(null);
  await until('welcomed null');
  return caller;
}

function accept(): Promise<RequestError | null> {
  return new Promise((resolve) => link.request({ type: 'task.accept', ...ATTEMPT }, resolve));
}

describe('a link', () => {
  it('shows its key, introduces its agent, and says what it holds', async () => {
    holding = { ...ATTEMPT, phase: 'running' };
    link.start();
    const caller = await hub.caller();
    expect(caller.authorization).toBe('Bearer ac_key');
    expect(await caller.welcome('keep')).toMatchObject({ agent: AGENT, holding });
    await until('welcomed keep');
  });

  it('brings each request its answer', async () => {
    const caller = await linked();
    const busy = { code: 'hub.busy', message: 'later', retryable: true, retryAfterMs: 5 } as const;
    caller.answer = (frame) => ({ type: 'error', re: frame.id ?? '', ...busy });
    expect(await accept()).toEqual(busy);
    caller.answer = (frame) => ({ type: 'ok', re: frame.id ?? '' });
    expect(await accept()).toBeNull();
  });

  it('says heartbeats as often as the hub asks', async () => {
    link.start();
    const caller = await hub.caller();
    await caller.welcome(null, 1);
    expect(await caller.next('heartbeat')).toEqual({ type: 'heartbeat', load: 0.5 });
    await caller.next('heartbeat');
  });

  it('says in its hello and in each heartbeat why its machine cannot work, and at once when that changes', async () => {
    unfit = { code: 'machine.disk_low', message: 'no room' };
    link.start();
    const caller = await hub.caller();
    expect((await caller.welcome(null)).unfit).toEqual(unfit);
    await expect.poll(() => link.phase).toBe('online');
    link.tellHealth();
    expect(await caller.next('heartbeat')).toEqual({ type: 'heartbeat', load: 0.5, unfit });
    unfit = undefined;
    link.tellHealth();
    expect(await caller.next('heartbeat')).toEqual({ type: 'heartbeat', load: 0.5 });
  });

  it('passes on tasks, and leaves out what it cannot read', async () => {
    const caller = await linked();
    caller.socket.send('{"type":"task.assign","task":{}}');
    caller.socket.send('no json');
    caller.socket.send('{"type":"weather.report"}');
    caller.say({ type: 'task.assign', task: task(), generation: 1, acceptWithinMs: 1000 });
    await until('task.assign');
    expect(said.filter((line) => line.startsWith('ignored an invalid frame from the hub'))).toHaveLength(3);
  });

  it('takes frames with fields that it does not know', async () => {
    const caller = await linked();
    caller.socket.send(JSON.stringify({ type: 'task.cancel', ...ATTEMPT, reason: '', mood: 'good' }));
    await until('task.cancel');
  });

  it('answers the pings of the hub', async () => {
    const caller = await linked();
    const ponged = new Promise((resolve) => caller.socket.once('pong', resolve));
    caller.socket.ping();
    await ponged;
  });
});

describe('what an agent asks of the hub', () => {
  const list = (): Promise<unknown> =>
    new Promise((resolve) => link.ask({ type: 'agents.list' }, (error, ok) => resolve(error?.code ?? ok?.agents)));

  it('is answered with what the hub says', async () => {
    const caller = await linked();
    caller.answer = (frame) => ({ type: 'ok', re: frame.id ?? '', agents: [] });
    expect(await list()).toEqual([]);
  });

  it('is refused at once without a link, and when the link is lost before the answer', async () => {
    expect(await list()).toBe('sidecar.offline');
    const caller = await linked();
    caller.answer = () => null;
    const asked = list();
    await caller.next('agents.list');
    caller.socket.terminate();
    expect(await asked).toBe('sidecar.offline');
  });
});

describe('output and messages', () => {
  const output = { type: 'task.output', ...ATTEMPT, outputSeq: 1, stream: 'stdout', data: 'x' } as const;

  it('go without an id, and only while there is a link', async () => {
    expect(link.notify(output)).toBe(false);
    const caller = await linked();
    expect(link.notify(output)).toBe(true);
    expect(await caller.next('task.output')).toEqual(output);
  });

  it('are told of when they come', async () => {
    const caller = await linked();
    caller.say({ type: 'task.output.ack', ...ATTEMPT, outputSeq: 7 });
    caller.say({ type: 'task.diff.request', ...ATTEMPT });
    caller.say({ type: 'throttled', action: 'task.output', retryAfterMs: 5 });
    const sentAt = '2026-01-31T12:00:00Z';
    caller.say({ type: 'message', messageId: ATTEMPT.task, from: 'key:owner', to: 'agent:tern', body: 'hi', sentAt });
    await until('taken 7');
    await until(`asked for the diff of ${ATTEMPT.generation}`);
    await until('held up 5');
    await until('message hi');
  });
});

describe('a hub of another version', () => {
  it('that turns the socket away is left alone for a while, and the log says why', async () => {
    hub.turnAway = { status: 400, code: 'protocol.unsupported_version' };
    link.start();
    await hub.stirred();
    await sayingHas('does not support agentcom.v1');
    expect(said.join()).toContain('reconnecting in 60.0 s');
  });

  it('that opens another protocol is left alone too', async () => {
    hub.protocol = 'agentcom.v9';
    link.start();
    await sayingHas('does not support agentcom.v1');
  });

  it('that drains the agent has that in the log, with the command that ends it', async () => {
    link.start();
    const caller = await hub.caller();
    await caller.welcome(null, 3600);
    await until('welcomed null');
    caller.say({ type: 'agent.drain', reason: 'a new disk' });
    await sayingHas('agent tern is draining and gets no tasks');
    expect(said.at(-1)).toBe(
      'agent tern is draining and gets no tasks. To let it take tasks again: agentcom agent resume tern',
    );
  });

  it('that has a notice for whoever runs the machine has it in the log', async () => {
    link.start();
    const caller = await hub.caller();
    await caller.welcome(null, 3600, 'update the sidecar');
    await until('welcomed null');
    expect(said).toContain('notice from the hub: update the sidecar');
  });
});

describe('after a lost link', () => {
  it('it connects again, drops open requests, and takes no answer of before', async () => {
    const caller = await linked();
    caller.answer = () => null;
    let answers = 0;
    link.request({ type: 'task.accept', ...ATTEMPT }, () => {
      answers += 1;
    });
    const { id } = await caller.next('task.accept');
    caller.socket.terminate();
    await until('lost');
    const again = await hub.caller();
    await again.welcome(null);
    again.say({ type: 'ok', re: id });
    await until('welcomed null');
    expect(await accept()).toBeNull();
    expect(answers).toBe(0);
  });

  it('it sends nothing until it is welcome again', async () => {
    const caller = await linked();
    caller.socket.terminate();
    await until('lost');
    link.request({ type: 'task.accept', ...ATTEMPT }, () => undefined);
    const again = await hub.caller();
    await again.welcome(null);
    await until('welcomed null');
    await accept();
    expect((await again.next('task.accept')).id).not.toBeUndefined();
    expect(again.frames).toEqual([]);
  });

  it('it says in its next hello what it holds by then', async () => {
    const caller = await linked();
    holding = { ...ATTEMPT, phase: 'pushing' };
    caller.socket.close(1012, 'restarting');
    const again = await hub.caller();
    expect((await again.welcome('drop')).holding).toEqual(holding);
    await until('welcomed drop');
  });
});

describe('when the hub does not want it', () => {
  it('being replaced, it stays away and says why', async () => {
    const caller = await linked();
    caller.socket.close(4001, 'replaced');
    await until('lost');
    expect(said.at(-1)).toMatch(/another sidecar uses this agent's key; reconnecting in 60\.0 s/);
  });

  it('after too many violations, it stays away as long as the hub says', async () => {
    const caller = await linked();
    const code = 'rate.limited';
    caller.say({ type: 'error', code, message: 'too many refused frames', retryable: true, retryAfterMs: 90_000 });
    caller.socket.close(4008, 'too many refused frames; stay away for 7 s');
    await until('lost');
    expect(said.at(-1)).toContain('reconnecting in 90.0 s');
  });

  it('being no longer allowed, it ends', async () => {
    const caller = await linked();
    caller.socket.close(4003, 'revoked');
    await until('ended not_allowed');
  });

  it('being dismissed, it ends and closes', async () => {
    const caller = await linked();
    caller.say({ type: 'agent.dismiss', reason: 'removed' });
    await until('ended dismissed');
    expect(await caller.closed).toBe(1000);
  });

  it('being refused with its hello, it ends or comes again, as the hub closes', async () => {
    link.start();
    const first = await hub.caller();
    const hello = await first.next('hello');
    first.say({
      type: 'error',
      re: hello.id,
      code: 'hub.recovering',
      message: 'wait',
      retryable: true,
      retryAfterMs: 10,
    });
    const second = await hub.caller();
    const again = await second.next('hello');
    second.say({ type: 'error', re: again.id, code: 'auth.forbidden', message: 'no', retryable: false });
    second.socket.close(4003, 'no');
    await until('ended not_allowed');
  });

  it('being turned away at the door, it comes again', async () => {
    hub.turnAway = { status: 503, retryAfterSeconds: 0 };
    link.start();
    while (hub.turnedAway < 2) await hub.stirred();
    hub.turnAway = null;
    await (await hub.caller()).welcome(null);
    await until('welcomed null');
  });

  it('answered by a sign-in page, it comes again and says so once', async () => {
    hub.turnAway = { status: 200 };
    link.start();
    while (hub.turnedAway < 3) await hub.stirred();
    hub.turnAway = null;
    await (await hub.caller()).welcome(null);
    await until('welcomed null');
    expect(said.filter((line) => line.includes('something between this machine and the hub'))).toHaveLength(1);
  });

  it('with a key that the hub does not know, it ends and says what to do', async () => {
    hub.turnAway = { status: 401, code: 'auth.invalid' };
    link.start();
    await until('ended not_allowed');
    expect(said.at(-1)).toContain('join again with a new invitation');
  });

  it('turned away for another reason, it stays away and says why', async () => {
    hub.turnAway = { status: 401, code: 'auth.missing' };
    link.start();
    await hub.stirred();
    await expect.poll(() => said.at(-1)).toMatch(/rejected the key \(HTTP 401\); reconnecting in 60\.0 s/);
  });
});

it('after sleep, it keeps a link whose hub still answers', async () => {
  const caller = await linked();
  const pinged = new Promise<void>((resolve) => caller.socket.once('ping', () => resolve()));
  link.woke();
  await pinged;
  expect(link.phase).toBe('online');
});

it('a stop closes the socket and ends everything', async () => {
  const caller = await linked();
  await link.stop();
  expect(await caller.closed).toBe(1000);
  await until('ended stopped');
});

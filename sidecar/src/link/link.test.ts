import type { Holding } from '@agentcom/schemas';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ATTEMPT, task } from '../core/fixture.js';
import type { RequestError } from '../core/job-model.js';
import { type Caller, FakeHub } from './fixture.js';
import { Link, type LinkListener } from './link.js';

let hub: FakeHub;
let link: Link;
let holding: Holding | undefined;
let heard: string[];
let said: string[];
let waiting: (() => void)[];

beforeEach(async () => {
  hub = await FakeHub.start();
  holding = undefined;
  heard = [];
  said = [];
  waiting = [];
  const hear = (what: string) => {
    heard.push(what);
    for (const wake of waiting.splice(0)) wake();
  };
  const listener: LinkListener = {
    holding: () => holding,
    health: async () => ({ load: 0.5 }),
    welcomed: (verdict) => hear(`welcomed ${verdict}`),
    lost: () => hear('lost'),
    task: (frame) => hear(frame.type),
    ended: (cause) => hear(`ended ${cause}`),
  };
  const log = {
    debug: () => undefined,
    info: (_about: object, message: string) => said.push(message),
    warn: (_about: object, message: string) => said.push(message),
    error: (_about: object, message: string) => said.push(message),
  };
  link = new Link({ hub: hub.url, readKey: () => 'ac_key', agent: AGENT, log }, listener);
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

  it('passes on tasks, and leaves out what it cannot read', async () => {
    const caller = await linked();
    caller.socket.send('{"type":"task.assign","task":{}}');
    caller.socket.send('no json');
    caller.socket.send('{"type":"weather.report"}');
    caller.say({ type: 'task.assign', task: task(), generation: 1, acceptWithinMs: 1000 });
    await until('task.assign');
    expect(said.filter((line) => line.startsWith('a frame from the hub was left out'))).toHaveLength(3);
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
    expect(said.at(-1)).toMatch(/another sidecar uses the key of this agent; next try in 60\.0 s/);
  });

  it('after too many violations, it stays away as long as the hub says', async () => {
    const caller = await linked();
    caller.socket.close(4008, 'too many refused frames; stay away for 90 s');
    await until('lost');
    expect(said.at(-1)).toContain('next try in 90.0 s');
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

  it('with a bad key, it stays away and says why', async () => {
    hub.turnAway = { status: 401 };
    link.start();
    await hub.stirred();
    await expect.poll(() => said.at(-1)).toMatch(/does not accept the key \(HTTP 401\); next try in 60\.0 s/);
  });
});

it('a stop closes the socket and ends everything', async () => {
  const caller = await linked();
  await link.stop();
  expect(await caller.closed).toBe(1000);
  await until('ended stopped');
});

// Who sends too much is slowed, who sends what the hub refuses is let go, however it is mixed with what it takes.

import type { HubFrame, SidecarFrame } from '@agentcom/schemas';
import { describe, expect, test } from 'vitest';
import { Limits } from '../../access/limits.js';
import type { CoordinatorOutput } from '../../coordinator/ports.js';
import type { Command } from '../../core/commands.js';
import { defaultConfig } from '../../core/config/config.js';
import { Bench, submission } from '../../core/fixture.js';
import { errorFrame } from '../../core/outputs.js';
import { emptyState } from '../../core/state.js';
import type { AuditedFrame } from './frame-audit.js';
import { AgentSession, type SessionParts } from './session.js';
import type { Wire } from './wire.js';

const WHO = { org: 'default', agent: 'a' };
const HELLO = { name: 'a', capabilities: [], version: '1', host: 'h', os: 'o' };

function open(sizes: Partial<typeof defaultConfig.values.limits> = {}) {
  const sent: HubFrame[] = [];
  const asked: Command[] = [];
  const held = new Set<string>();
  const bans: string[] = [];
  const unwelcome: string[] = [];
  const audited: unknown[] = [];
  const traced: unknown[] = [];
  const state = emptyState();
  const timers: { readonly at: number; readonly run: () => void }[] = [];
  let terminated = 0;
  let now = 1_000_000;
  const wire: Wire = {
    send: (frame) => void sent.push(frame as HubFrame),
    close: () => undefined,
    terminate: () => {
      terminated++;
    },
    ping: () => undefined,
    hold: (reason, isHeld) => void (isHeld ? held.add(reason) : held.delete(reason)),
    get isHeld() {
      return held.size > 0;
    },
  };
  const limits = new Limits(() => ({ ...defaultConfig.values.limits, ...sizes }));
  const parts = {
    shard: {
      submit: ({ command }: { command: Command }) => asked.push(command),
      read: () => new Promise(() => undefined),
      now: () => now,
      state,
    },
    scheduler: {
      now: () => now,
      random: () => 0,
      after: (ms: number, run: () => void) => {
        const timer = { at: now + ms, run };
        timers.push(timer);
        return () => void timers.splice(timers.indexOf(timer) >>> 0, 1);
      },
    },
    limits,
    refuseSubmission: () => null,
    messages: {
      onConnected: () => undefined,
      send: async () => ({ messageId: 'm1' }),
      join: async () => null,
    },
    watcher: {
      welcomed: () => undefined,
      helloRefused: (_session: AgentSession, code: string) => unwelcome.push(code),
      banned: () => bans.push('banned'),
      closed: () => undefined,
      frame: () => undefined,
      traced: (...report: unknown[]) => traced.push(report),
      refused: () => undefined,
      answered: (_session: AgentSession, { type, target }: AuditedFrame, code?: string) =>
        audited.push([type, target, code]),
      failed: () => undefined,
    },
  } as unknown as SessionParts;
  const session = new AgentSession('c1', WHO, wire, parts);
  const garbage = (count: number, bytes = 10): void => {
    for (let i = 0; i < count; i++) {
      session.heard();
      session.unreadable({ code: 'request.invalid', message: 'the frame is not valid JSON' }, bytes);
    }
  };
  const say = (frame: SidecarFrame, count = 1): void => {
    for (let i = 0; i < count; i++) session.frame(frame, 100);
  };
  return {
    session,
    sent,
    audited,
    traced,
    state,
    held,
    bans,
    unwelcome,
    garbage,
    say,
    /** What was asked of the coordinator about the agent being let go. */
    asked: (type: Command['type']) => asked.filter((command) => command.type === type),
    codes: () => sent.flatMap((frame) => (frame.type === 'error' ? [frame.code] : [])),
    terminated: () => terminated,
    hello: () => say({ type: 'hello', id: '1', agent: HELLO, instance: 'i' }),
    live: () => {
      say({ type: 'hello', id: '1', agent: HELLO, instance: 'i' });
      const frame = { type: 'welcome', re: '1' } as unknown as Extract<HubFrame, { type: 'welcome' }>;
      session.deliver({ kind: 'frame', connection: 'c1', frame });
      sent.length = 0;
    },
    pass: (ms: number) => {
      now += ms;
      for (const timer of timers.filter(({ at }) => at <= now)) {
        timers.splice(timers.indexOf(timer), 1);
        timer.run();
      }
    },
  };
}

const heartbeat: SidecarFrame = { type: 'heartbeat' };
const list: SidecarFrame = { type: 'agents.list', id: 'l' };

test('how far the clock of its machine is ahead is known from its heartbeats', () => {
  const { live, say, session } = open();
  live();
  say(heartbeat);
  expect(session.clockSkewMs).toBeUndefined();
  const ahead = new Date(session.lastSeenAt + 31_000).toISOString();
  say({ type: 'heartbeat', clock: ahead });
  expect(session.clockSkewMs).toBe(31_000);
});

describe('the trace that a frame names', () => {
  const OWN = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const OTHER = '00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-00f067aa0ba902b7-01';

  /** The agent holds the first attempt at `task`. */
  function working() {
    const bench = new Bench();
    bench.join('a');
    const { task } = bench.take({ ...submission(), traceparent: OWN }).reply;
    const opened = open();
    Object.assign(opened.state, bench.state);
    opened.live();
    return { ...opened, task };
  }

  test('counts for its own attempt alone', () => {
    const { say, traced, task } = working();
    say({ type: 'task.accept', id: '2', task, generation: 1, traceparent: OWN });
    expect(traced.splice(0)).toEqual([[task, 1, OWN]]);
    say({ type: 'task.accept', id: '3', task, generation: 1, traceparent: OTHER });
    say({ type: 'task.accept', id: '4', task, generation: 2, traceparent: OWN });
    say({ type: 'task.accept', id: '5', task: 'another', generation: 1, traceparent: OWN });
    expect(traced).toEqual([]);
  });

  test.each([
    ['its own', OWN, OWN],
    ["somebody else's", OTHER, undefined],
  ])('is that of a task it submits if it is %s', async (_whose, given, kept) => {
    const { say, asked } = working();
    say({ type: 'task.submit', id: '2', idempotencyKey: 'k', title: 't', prompt: 'p', traceparent: given });
    await expect.poll(() => asked('task.submit')).toHaveLength(1);
    const [command] = asked('task.submit');
    expect(command?.type === 'task.submit' && command.traceparent).toBe(kept);
  });
});

describe('what breaks the protocol', () => {
  test('a hundred times has the agent kept out, and nothing more is read or answered', () => {
    const { asked, bans, garbage, held, say, sent } = open();
    garbage(99);
    expect(asked('agent.ban')).toEqual([]);
    garbage(1);
    expect(asked('agent.ban')).toEqual([{ type: 'agent.ban', ...WHO, connection: 'c1' }]);
    expect([bans, [...held]]).toEqual([['banned'], ['banned']]);
    const before = sent.length;
    garbage(50);
    say(heartbeat, 50);
    expect([sent.length, asked('agent.ban').length]).toEqual([before, 1]);
  });

  test('is not made up for by good frames in between', () => {
    const { asked, garbage, hello } = open();
    garbage(60);
    hello();
    garbage(41);
    expect(asked('agent.ban')).toHaveLength(1);
  });

  test('is forgiven once a second', () => {
    const { asked, garbage, pass } = open();
    for (let minute = 0; minute < 60; minute++) {
      garbage(60);
      pass(60_000);
    }
    expect(asked('agent.ban')).toEqual([]);
  });

  test('weighs more the larger it is', () => {
    const { asked, garbage } = open();
    garbage(6, 256 * 1024);
    expect(asked('agent.ban')).toHaveLength(1);
  });
});

describe('control frames', () => {
  test('are slowed, and when they still come beyond the limit, the agent is kept out', () => {
    const { asked, held, session } = open({ frames: { perMinute: 60_000, burst: 50 } });
    for (let i = 0; i < 50; i++) session.control();
    expect([...held]).toEqual([]);
    session.control();
    expect([...held]).toEqual(['rate']);
    for (let i = 0; i < 100; i++) session.control();
    expect(asked('agent.ban')).toHaveLength(1);
  });
});

describe('reports', () => {
  const slow = { reports: { perMinute: 600, burst: 10 } };

  test('beyond the limit are taken all the same, and the socket is not read until they are paid back', () => {
    const { codes, held, live, pass, say, sent } = open(slow);
    live();
    say(heartbeat, 9);
    expect(sent.filter(({ type }) => type === 'throttled')).toMatchObject([{ action: 'reports', retryAfterMs: 0 }]);
    expect([...held]).toEqual([]);
    say(heartbeat, 5);
    expect([...held]).toEqual(['rate']);
    expect(codes()).toEqual([]);
    pass(499);
    expect([...held]).toEqual(['rate']);
    pass(1);
    expect([...held]).toEqual([]);
  });

  test('never have the agent kept out', () => {
    const { asked, live, say } = open(slow);
    live();
    say(heartbeat, 10_000);
    expect(asked('agent.ban')).toEqual([]);
  });

  test('that are slowed do not make the agent look dead', () => {
    const { live, pass, say, session, terminated } = open({ reports: { perMinute: 60, burst: 10 } });
    live();
    pass(20_000);
    session.checkLiveness(1_020_000);
    pass(9_000);
    say(heartbeat, 100);
    pass(1_000);
    session.checkLiveness(1_030_001);
    expect(terminated()).toBe(0);
    pass(5_000);
  });
});

test('an agent that is not read, whatever for, is not taken for dead', () => {
  const { live, pass, held, session, terminated } = open();
  live();
  pass(20_000);
  session.checkLiveness(1_020_000);
  held.add('lag');
  session.checkLiveness(1_040_000);
  expect(terminated()).toBe(0);
  held.delete('lag');
  session.checkLiveness(1_040_000);
  expect(terminated()).toBe(1);
});

test('bytes are slowed whatever they are', () => {
  const { held, pass, session } = open({ readKib: { perMinute: 60_000, burst: 64 } });
  session.read(64 * 1024);
  expect([...held]).toEqual([]);
  session.read(64 * 1024);
  expect([...held]).toEqual(['rate']);
  pass(64);
  expect([...held]).toEqual([]);
});

describe('requests of an agent', () => {
  const few = { reads: { perMinute: 60, burst: 5 } };

  test('are refused beyond the limit with when to retry, after a warning', () => {
    const { live, say, sent } = open(few);
    live();
    say(list, 6);
    expect(sent).toMatchObject([
      { type: 'throttled', action: 'reads', retryAfterMs: 1_000 },
      { type: 'error', re: 'l', code: 'rate.limited', retryable: true, retryAfterMs: 1_000 },
    ]);
  });

  test('of a loop that is refused twenty times a second do not have it kept out; those of a flood do', () => {
    const { asked, live, pass, say } = open(few);
    live();
    for (let second = 0; second < 600; second++) {
      say(list, 20);
      pass(1_000);
    }
    expect(asked('agent.ban')).toEqual([]);
    say(list, 2_100);
    expect(asked('agent.ban')).toHaveLength(1);
  });
});

test('a hello that is refused for good is told of, and not one that may be sent again', () => {
  for (const [code, told] of [
    ['agent.other_machine', ['agent.other_machine']],
    ['hub.not_leader', []],
  ] as const) {
    const { session, hello, unwelcome } = open();
    hello();
    session.deliver({ kind: 'frame', connection: 'c1', frame: errorFrame({ code, message: 'no' }, '1') });
    expect(unwelcome).toEqual(told);
  }
});

test('what changes something is audited with its answer, and what access refuses', async () => {
  const { audited, live, say, sent, session } = open({ reads: { perMinute: 60, burst: 1 } });
  live();
  say({ type: 'task.submit', id: 's1', title: 't', prompt: 'p', idempotencyKey: 'k' });
  say({ type: 'task.submit', id: 's2', title: 't', prompt: 'p', idempotencyKey: 'k' });
  expect(audited).toEqual([]);
  const answer = (frame: HubFrame) =>
    session.deliver({ kind: 'frame', connection: 'c1', frame } as Exclude<CoordinatorOutput, { kind: 'reply' }>);
  answer({ type: 'ok', re: 's1', task: 'made' } as HubFrame);
  answer({ type: 'error', re: 's2', code: 'quota.exceeded', message: 'm' } as HubFrame);
  say({ type: 'message.send', id: 'm', to: 'channel:c', body: 'b' });
  say({ type: 'channel.join', id: 'c', channel: 'c' });
  await expect.poll(() => sent).toHaveLength(4);
  say(list, 2);
  say({ type: 'task.accept', id: 'a', task: 't', generation: 1 });
  answer({ type: 'ok', re: 'a' } as HubFrame);
  expect(audited).toEqual([
    ['task.submit', 'made', undefined],
    ['task.submit', undefined, 'quota.exceeded'],
    ['channel.join', 'c', undefined],
    ['message.send', 'm1', undefined],
    ['agents.list', undefined, 'rate.limited'],
  ]);
});

// Who sends what the hub refuses is let go, however it is mixed with what it takes.

import { CLOSE_CODES } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { Limits } from '../../access/limits.js';
import { defaultConfig } from '../../core/config/config.js';
import { type Closing, errorFrame } from '../../core/outputs.js';
import { emptyState } from '../../core/state.js';
import { AgentSession, type SessionParts } from './session.js';
import type { Wire } from './wire.js';

const WHO = { org: 'default', agent: 'a' };

function open() {
  const closings: Closing[] = [];
  const bans: number[] = [];
  const unwelcome: string[] = [];
  let now = 1_000_000;
  const wire: Wire = {
    send: () => undefined,
    close: (closing) => closings.push(closing),
    terminate: () => undefined,
    ping: () => undefined,
    hold: () => undefined,
  };
  const parts = {
    shard: {
      submit: () => undefined,
      read: () => Promise.reject(new Error('no')),
      now: () => now,
      state: emptyState(),
    },
    scheduler: { now: () => now, random: () => 0, after: () => () => undefined },
    limits: new Limits(() => defaultConfig.values.limits),
    refuseSubmission: () => null,
    watcher: {
      welcomed: () => undefined,
      helloRefused: (_session: AgentSession, code: string) => unwelcome.push(code),
      banned: (_session: AgentSession, forMs: number) => bans.push(forMs),
      closed: () => undefined,
      frame: () => undefined,
      refused: () => undefined,
      failed: () => undefined,
    },
  } as unknown as SessionParts;
  const session = new AgentSession('c1', WHO, wire, parts);
  const garbage = (count: number): void => {
    for (let i = 0; i < count; i++) {
      session.heard();
      session.unreadable({ code: 'request.invalid', message: 'the frame is not valid JSON' });
    }
  };
  const hello = (): void => {
    session.heard();
    const agent = { name: 'a', capabilities: [], version: '1', host: 'h', os: 'o' };
    session.frame({ type: 'hello', id: '1', agent, instance: 'i' }, 100);
  };
  return {
    closings,
    bans,
    unwelcome,
    session,
    garbage,
    hello,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

test('a hundred frames of garbage end the session, and keep it out for a while', () => {
  const { closings, bans, garbage } = open();
  garbage(99);
  expect(closings).toEqual([]);
  garbage(1);
  expect(closings.map(({ code }) => code)).toEqual([CLOSE_CODES.tooManyViolations]);
  expect(bans).toEqual([60_000]);
});

test('a good frame among them makes up for none', () => {
  const { closings, garbage, hello } = open();
  garbage(60);
  hello();
  garbage(40);
  expect(closings.map(({ code }) => code)).toEqual([CLOSE_CODES.tooManyViolations]);
});

test('one is forgiven each second', () => {
  const { closings, garbage, pass } = open();
  for (let minute = 0; minute < 60; minute++) {
    garbage(60);
    pass(60_000);
  }
  expect(closings).toEqual([]);
});

test('a hello that is refused for good is told of, and not one that may be sent again', () => {
  for (const [code, told] of [
    ['agent.other_machine', ['agent.other_machine']],
    ['hub.not_leader', []],
  ] as const) {
    const { session, hello, unwelcome, closings } = open();
    hello();
    session.deliver({ kind: 'frame', connection: 'c1', frame: errorFrame({ code, message: 'no' }, '1') });
    expect(unwelcome).toEqual(told);
    expect(closings.length).toBe(1);
  }
});

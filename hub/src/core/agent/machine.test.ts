// Every event of an agent's life against every state it can be in.

import type { AgentState } from '@agentcom/schemas';
import { describe, expect, test } from 'vitest';
import { Bench, HOUR, MINUTE, ORG } from '../fixture.js';
import { agentState } from './view.js';

type Situation = AgentState | 'stopping' | 'offline working';

const reach: Readonly<Record<Situation, (bench: Bench) => string | null>> = {
  offline: (bench) => {
    bench.enrol('a');
    return null;
  },
  idle: (bench) => {
    bench.join('a');
    return null;
  },
  assigned: (bench) => {
    bench.join('a');
    return bench.submit();
  },
  working: (bench) => {
    const task = reach.assigned(bench) as string;
    bench.accept(task);
    return task;
  },
  blocked: (bench) => {
    const task = reach.working(bench) as string;
    bench.block(task);
    return task;
  },
  stopping: (bench) => {
    const task = reach.working(bench) as string;
    bench.take({ type: 'task.cancel', ...bench.operator(task), reason: 'enough' });
    return task;
  },
  'offline working': (bench) => {
    const task = reach.working(bench) as string;
    bench.gone('a');
    return task;
  },
};

type Act = (bench: Bench, task: string | null) => void;
const happenings: Readonly<Record<string, Act>> = {
  'hello with nothing': (bench) => void bench.hello('a'),
  'hello with what it holds': (bench, task) =>
    void bench.hello('a', task === null ? undefined : { task, generation: bench.task(task).generation }),
  'link gone': (bench) => bench.gone('a'),
  'link gone past the grace': (bench) => {
    bench.gone('a');
    bench.pass(3 * MINUTE);
  },
  drain: (bench) => void bench.take({ type: 'agent.drain', org: ORG, agent: 'a', draining: true, reason: 'asked' }),
  stopped: (bench, task) =>
    void bench.decide({
      type: 'task.stopped',
      ...bench.from('a'),
      task: task ?? 'none',
      generation: task === null ? 1 : bench.task(task).generation,
    }),
  'no sign for long': (bench) => void bench.pass(25 * HOUR),
  'task cancelled': (bench, task) => {
    if (task !== null) bench.decide({ type: 'task.cancel', ...bench.operator(task), reason: 'enough' });
  },
};

/** In the order of `happenings`; + draining, ! unresponsive, ~ busy stopping. */
const EXPECTED: Readonly<Record<Situation, string>> = {
  offline: 'idle idle offline offline offline+ offline offline offline',
  idle: 'idle idle offline offline idle+ idle idle idle',
  assigned: 'assigned assigned assigned offline! assigned+ idle idle! working~',
  working: 'idle working working offline working+ idle working~ working~',
  blocked: 'idle blocked blocked offline blocked+ idle working~ working~',
  stopping: 'idle working~ offline~ offline working~+ idle idle working~',
  'offline working': 'idle working working offline working+ working offline offline~',
};

function seen(bench: Bench): string {
  const agent = bench.agent('a');
  const flags = `${agent.stopping === undefined ? '' : '~'}${agent.draining ? '+' : ''}${agent.unresponsive ? '!' : ''}`;
  return `${agentState(bench.state, agent)}${flags}`;
}

describe.each(Object.keys(reach) as Situation[])('an agent that is %s', (situation) => {
  test.each(Object.keys(happenings).map((name, column) => [name, column] as const))('meets %s', (name, column) => {
    const bench = new Bench();
    const task = reach[situation](bench);
    happenings[name]?.(bench, task);
    expect(seen(bench)).toBe(EXPECTED[situation].split(' ')[column]);
    const { task: held } = bench.agent('a');
    if (held !== undefined) expect(bench.task(held).agent).toBe('a');
  });
});

test.each(['offline', 'idle'] as const)('an agent that is %s can be removed, and its keys with it', (situation) => {
  const bench = new Bench();
  reach[situation](bench);
  bench.take({ type: 'agent.remove', org: ORG, agent: 'a' });
  expect(bench.state.agents.size).toBe(0);
  expect([...bench.state.keys.values()].map(({ revokedAt }) => revokedAt)).toEqual([bench.now]);
});

test.each(['assigned', 'working', 'blocked', 'offline working', 'stopping'] as const)(
  'an agent that is %s is too busy to be removed',
  (situation) => {
    const bench = new Bench();
    reach[situation](bench);
    expect(bench.refusal({ type: 'agent.remove', org: ORG, agent: 'a' })).toBe('agent.busy');
  },
);

test('a draining agent gets nothing until it is resumed', () => {
  const bench = new Bench();
  bench.join('a');
  bench.take({ type: 'agent.drain', org: ORG, agent: 'a', draining: true, reason: 'asked' });
  const task = bench.submit();
  expect(bench.task(task).state).toBe('queued');
  bench.take({ type: 'agent.drain', org: ORG, agent: 'a', draining: false, reason: 'asked' });
  expect(bench.task(task).agent).toBe('a');
});

test('an agent that ignored an offer gets nothing until it says a new hello', () => {
  const bench = new Bench();
  bench.join('a');
  const task = bench.submit();
  bench.pass(2 * MINUTE);
  expect(bench.task(task).state).toBe('queued');
  bench.pass(HOUR);
  expect(bench.task(task).state).toBe('queued');
  bench.hello('a');
  expect(bench.task(task).agent).toBe('a');
});

test('an old connection that closes after it was replaced changes nothing', () => {
  const bench = new Bench();
  bench.join('a');
  const old = bench.agent('a').connection as string;
  expect(bench.hello('a').frames).toEqual([`close ${old} 4001`]);
  const before = bench.dump();
  bench.take({ type: 'agent.gone', org: ORG, agent: 'a', connection: old });
  expect(bench.dump()).toEqual(before);
});

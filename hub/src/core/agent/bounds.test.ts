// What an invitation binds an agent to holds, whatever the agent says.

import { expect, test } from 'vitest';
import { Bench, dumpOf, fromSnapshot, ORG, submission } from '../fixture.js';
import { why } from '../task/why.js';
import type { AgentBounds } from './agent.js';

const SHOP = { url: 'https://git.example.org/shop/web.git' };
const BANK = { url: 'https://git.example.org/bank/web.git' };
const SHOP_ONLY: AgentBounds = { repositories: ['https://GIT.example.org/shop/*'] };
const CLAUDE_ONLY: AgentBounds = { runners: ['claude'] };

/** It is removed, and joins again by another invitation. */
function rejoin(bench: Bench, name: string, bounds: AgentBounds): void {
  bench.take({ type: 'agent.remove', org: ORG, agent: name });
  const hash = `again ${bench.log.length}`;
  bench.take({
    type: 'enrolment.create',
    ...{ org: ORG, by: 'owner', hash, uses: 1, ttlMs: 1_000, capabilities: [], ...bounds },
  });
  const machine = { capabilities: [], host: 'h', os: 'o' };
  bench.take({ type: 'enrol', tokenHash: hash, keyHash: `key of ${hash}`, name, ...machine });
}

test('an agent keeps the bounds of its invitation, over hellos, a replay and a snapshot', () => {
  const bench = new Bench();
  bench.join('a', ['git'], { ...SHOP_ONLY, ...CLAUDE_ONLY });
  bench.join('b');
  for (const state of [bench.state, bench.replay(), fromSnapshot(bench.state)]) {
    expect(state.agents.get(`${ORG}/a`)).toMatchObject({ ...SHOP_ONLY, ...CLAUDE_ONLY });
    expect(state.agents.get(`${ORG}/b`)).toMatchObject({ runners: undefined, repositories: undefined });
  }
  expect(dumpOf(bench.replay())).toEqual(bench.dump());
  expect(dumpOf(fromSnapshot(bench.state))).toEqual(bench.dump());
});

test('an agent is offered only tasks of the repositories that it is bound to', () => {
  const bench = new Bench();
  bench.join('a', [], SHOP_ONLY);
  const outside = [bench.submit({ repo: BANK, lane: 'urgent' }), bench.submit({ lane: 'urgent' })];
  const within = bench.submit({ repo: SHOP });
  expect(bench.task(within).agent).toBe('a');
  bench.accept(within);
  bench.complete(within);
  bench.restart();
  bench.hello('a');
  expect(bench.agent('a').task).toBeUndefined();
  bench.join('b');
  expect(outside).toContain(bench.agent('b').task);
});

test('nor is it offered another task that needs it by name', () => {
  const bench = new Bench();
  bench.join('a', [], SHOP_ONLY);
  const outside = bench.submit({ repo: BANK, needs: ['agent:a'] });
  bench.hello('a');
  expect(bench.task(outside).state).toBe('queued');
  expect(bench.task(bench.submit({ repo: SHOP, needs: ['agent:a'] })).agent).toBe('a');
});

test('an agent finds its task behind however many others', () => {
  const bench = new Bench();
  for (let i = 0; i < 300; i++) bench.submit({ repo: BANK });
  const task = bench.submit({ repo: SHOP });
  const [first] = [bench.submit({ repo: SHOP, lane: 'high' })];
  bench.join('a', [], SHOP_ONLY);
  expect(bench.agent('a').task).toBe(first);
  bench.accept(first);
  bench.complete(first);
  expect(bench.agent('a').task).toBe(task);
});

test('runners beyond the bounds are ignored, in every hello', () => {
  const bench = new Bench();
  bench.enrol('a', ['git', 'runner:claude', 'runner:codex'], CLAUDE_ONLY);
  expect(bench.agent('a').capabilities).toEqual(['git', 'runner:claude']);
  bench.hello('a', undefined, { capabilities: ['git', 'runner:claude', 'runner:claude-2', 'runner:codex'] });
  expect(bench.agent('a').capabilities).toEqual(['git', 'runner:claude']);
  const codex = bench.submit({ runner: 'codex', lane: 'urgent' });
  const needed = bench.submit({ needs: ['runner:codex'], lane: 'urgent' });
  expect([codex, needed].map((task) => bench.task(task).state)).toEqual(['queued', 'queued']);
  expect(bench.task(bench.submit({ runner: 'claude' })).agent).toBe('a');
});

test('an agent that has none of the runners that it is bound to is offered nothing', () => {
  const bench = new Bench();
  bench.enrol('a', [], CLAUDE_ONLY);
  for (const capabilities of [['runner:codex'], []]) {
    bench.hello('a', undefined, { capabilities });
    for (const spec of [{}, { runner: 'claude' }, { runner: 'codex' }])
      expect(bench.task(bench.submit(spec)).state).toBe('queued');
  }
  bench.hello('a', undefined, { capabilities: ['runner:claude'] });
  expect(bench.agent('a').task).toBeDefined();
});

test('agents that differ in their bounds alone are told apart, also with a usage limit', () => {
  const bench = new Bench();
  const names = ['free', 'shop', 'claude'];
  bench.join('free', ['runner:claude']);
  bench.join('shop', ['runner:claude'], SHOP_ONLY);
  bench.join('claude', ['runner:claude'], CLAUDE_ONLY);
  const tasks = names.map(() => bench.submit());
  expect(tasks.map((task) => bench.task(task).agent)).toEqual(['free', 'claude', undefined]);
  for (const task of tasks.slice(0, 2)) {
    bench.accept(task);
    bench.fail(task, 'rate_limited', bench.now + 60_000);
  }
  expect(bench.task(bench.submit({ repo: BANK, runner: 'claude' })).agent).toBe('free');
  expect(bench.task(bench.submit({ repo: SHOP })).agent).toBe('shop');
});

test('a task that waits for an agent bound elsewhere says so', () => {
  const bench = new Bench();
  const reasons = (task: string) => why(bench.state, bench.task(task)).reasons;
  bench.join('a', ['git'], SHOP_ONLY);
  const [bank, none] = [bench.submit({ repo: BANK, needs: ['git'] }), bench.submit()];
  const code = 'no_capable_agent';
  expect(reasons(bank)).toEqual([
    { code, message: `1 agent could do it, but is bound to other repositories than ${BANK.url}` },
  ]);
  expect(reasons(none)).toEqual([
    { code, message: '1 agent could do it, but is bound to some repositories, and it names none' },
  ]);
  bench.join('b', ['git'], SHOP_ONLY);
  expect(reasons(bank)[0]?.message).toBe(
    `2 agents could do it, but all are bound to other repositories than ${BANK.url}`,
  );
  expect(reasons(bench.submit({ repo: BANK, needs: ['gpu'] }))[0]?.message).toBe('no agent offers gpu');
});

test('a task that waits for a runner that nobody may offer says so', () => {
  const bench = new Bench();
  bench.join('a', ['runner:codex'], CLAUDE_ONLY);
  const message = (spec: { runner?: string }) => why(bench.state, bench.task(bench.submit(spec))).reasons[0]?.message;
  expect(message({})).toBe('no agent offers a runner that its invitation allows');
  expect(message({ runner: 'codex' })).toBe('no agent has the runner codex');
});

test('an agent submits tasks of the repositories that it is bound to, and waits for these alone', () => {
  const bench = new Bench();
  bench.enrol('a', [], SHOP_ONLY);
  bench.enrol('b');
  const submit = (spec: Parameters<typeof submission>[0], by = 'agent:a') => bench.refusal({ ...submission(spec), by });
  expect(submit({ repo: SHOP })).toBeUndefined();
  expect(submit({ repo: BANK })).toBe('auth.forbidden');
  expect(submit({})).toBe('auth.forbidden');
  expect(submit({}, 'agent:b')).toBeUndefined();
  const [mine, other] = [bench.submit({ repo: SHOP }), bench.submit({ repo: BANK })];
  expect(submit({ repo: SHOP, dependsOn: [mine] })).toBeUndefined();
  expect(submit({ repo: SHOP, dependsOn: [other] })).toBe('task.parent_not_found');
  expect(submit({ repo: SHOP, dependsOn: [other] }, 'agent:b')).toBeUndefined();
});

test('nor does an agent wait for a task in the archive of another repository', () => {
  const bench = new Bench();
  bench.enrol('a', [], SHOP_ONLY);
  const dependsOn = ['gone'];
  const submit = (repo: { url: string }) => {
    const archivedParents = [{ task: 'gone', by: 'x', state: 'completed' as const, repo }];
    return bench.refusal({ ...submission({ repo: SHOP, dependsOn }), by: 'agent:a', archivedParents });
  };
  expect(submit(SHOP)).toBeUndefined();
  expect(submit(BANK)).toBe('task.parent_not_found');
});

test('an agent that joins anew has the bounds of its new invitation', () => {
  const bench = new Bench();
  bench.enrol('a', [], CLAUDE_ONLY);
  rejoin(bench, 'a', SHOP_ONLY);
  expect(bench.agent('a')).toMatchObject({ ...SHOP_ONLY, runners: undefined });
  rejoin(bench, 'a', {});
  expect(bench.agent('a')).toMatchObject({ repositories: undefined, runners: undefined });
});

test.each<[string, AgentBounds, 'keep' | 'drop']>([
  ['goes on', {}, 'keep'],
  ['goes on within its bounds', { repositories: ['https://git.example.org/bank/*'], runners: ['claude'] }, 'keep'],
  ['drops what is of another repository', SHOP_ONLY, 'drop'],
  ['drops what another runner has begun', { runners: ['codex'] }, 'drop'],
])('an agent that joins anew with lost work %s', (_what, bounds, holding) => {
  const bench = new Bench();
  bench.join('a');
  const task = bench.submit({ repo: BANK, runner: 'claude' });
  bench.accept(task);
  bench.gone('a');
  bench.pass(10 * 60_000);
  rejoin(bench, 'a', bounds);
  expect(bench.hello('a', { task, generation: 1 }).reply.holding).toBe(holding);
});

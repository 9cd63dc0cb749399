// Capabilities that an agent must not give itself.

import { expect, test } from 'vitest';
import { Bench, ORG } from '../fixture.js';
import { why } from '../task/why.js';

function hello(bench: Bench, agent: string, capabilities: readonly string[]): void {
  const link = { connection: `c-${agent}`, instance: 'i', version: '1', host: 'h', os: 'o' };
  bench.take({ type: 'agent.hello', org: ORG, agent, capabilities, ...link });
}

test('a task for one agent by name comes to that agent alone, whatever another one says that it is', () => {
  const bench = new Bench();
  bench.enrol('thief');
  bench.enrol('victim');
  hello(bench, 'thief', ['agent:victim', 'git']);
  expect(bench.agent('thief').capabilities).toEqual(['git']);
  const task = bench.submit({ needs: ['agent:victim', 'git'], prompt: 'the secret of the victim' });
  expect(bench.agent('thief').task).toBeUndefined();
  expect(why(bench.state, bench.task(task)).reasons[0]?.code).toBe('no_capable_agent');
  hello(bench, 'victim', ['git']);
  expect(bench.task(task).agent).toBe('victim');
});

test('a task for one agent waits for it, and why says so', () => {
  const bench = new Bench();
  bench.join('thief');
  bench.enrol('victim');
  const task = bench.submit({ needs: ['agent:victim'] });
  expect(why(bench.state, bench.task(task)).reasons[0]?.code).toBe('agents_offline');
  bench.hello('victim');
  expect(bench.task(task).agent).toBe('victim');
  bench.accept(task);
  const next = bench.submit({ needs: ['agent:victim'] });
  const other = bench.submit();
  expect(bench.task(other).agent).toBe('thief');
  bench.complete(task);
  expect(bench.task(next).agent).toBe('victim');
});

test('no agent is two agents', () => {
  const bench = new Bench();
  bench.join('a');
  bench.join('b');
  const task = bench.submit({ needs: ['agent:a', 'agent:b'] });
  expect(bench.task(task).state).toBe('queued');
});

test('what is granted comes from the invitation alone', () => {
  const bench = new Bench();
  const invitation = { org: ORG, by: 'owner', hash: 't', uses: 1, ttlMs: 1_000, capabilities: ['granted:production'] };
  bench.take({ type: 'enrolment.create', ...invitation });
  const machine = { tokenHash: 't', capabilities: ['git', 'granted:payroll'], host: 'h', os: 'o' };
  bench.take({ type: 'enrol', ...machine, keyHash: 'k', name: 'trusted' });
  bench.enrol('thief');
  hello(bench, 'thief', ['granted:production', 'granted:payroll']);
  hello(bench, 'trusted', []);
  expect(bench.agent('thief').capabilities).toEqual([]);
  expect(bench.agent('trusted').capabilities).toEqual(['granted:production']);
  expect(bench.task(bench.submit({ needs: ['granted:production'] })).agent).toBe('trusted');
});

// What a halt says of itself when it is made: how much it is about, and whether anything has that name.

import { expect, test } from 'vitest';
import { ORG, REPO } from '../fixture.js';
import { HaltBench, WHO } from './fixture.js';
import type { HaltScope } from './halt.js';

const SPEC = { repo: REPO, labels: { team: 'roof' }, runner: 'claude' };
const SCOPES: readonly HaltScope[] = [
  { kind: 'repo', value: 'git@git.example.com:roof' },
  { kind: 'label', value: 'team=roof' },
  { kind: 'runner', value: 'claude' },
];
const TYPOS: readonly HaltScope[] = [
  { kind: 'repo', value: 'https://git.example.com/rof.git' },
  { kind: 'label', value: 'team=rof' },
  { kind: 'runner', value: 'cluade' },
];

function reach(bench: HaltBench, scope: HaltScope, strength: 'new' | 'running' = 'new') {
  return bench.take({ type: 'halt.create', ...WHO, strength, reason: 'r', scope }).reply.reach;
}

test.each(SCOPES)('counts what agents have and what waits, before anything is stopped: $kind', (scope) => {
  const bench = new HaltBench();
  for (const name of ['a', 'b']) bench.join(name, ['runner:claude', 'runner:codex']);
  bench.accept(bench.submit(SPEC));
  bench.accept(bench.submit({ runner: 'codex' }));
  for (let i = 0; i < 3; i++) bench.submit(SPEC);
  bench.submit({ runner: 'codex' });
  expect(reach(bench, scope, 'running')).toEqual({ running: 1, pending: 3, isKnown: true });
});

test('counts everything of an organisation, what is meant for an agent, and nothing of others', () => {
  const bench = new HaltBench();
  bench.take({ type: 'org.ensure', org: 'other' });
  const task = bench.working('a');
  bench.submit({ needs: ['agent:a'] });
  bench.submit({ needs: ['nobody'] });
  expect(bench.task(task).state).toBe('working');
  expect(reach(bench, { kind: 'org' })).toEqual({ running: 1, pending: 2, isKnown: true });
  expect(reach(bench, { kind: 'agent', value: 'a' })).toEqual({ running: 1, pending: 1, isKnown: true });
  expect(reach(bench, { kind: 'org', value: 'other' })).toEqual({ running: 0, pending: 0, isKnown: true });
  expect(reach(bench, { kind: 'fleet' })).toMatchObject({ running: 1, pending: 2 });
});

test.each(TYPOS)('says that nothing has such a name: $kind', (scope) => {
  const bench = new HaltBench();
  bench.join('a', ['runner:claude']);
  bench.submit({ ...SPEC, needs: ['nobody'] });
  expect(reach(bench, scope)).toEqual({ running: 0, pending: 0, isKnown: false });
});

test.each(SCOPES)('knows what was worked on before: $kind', (scope) => {
  const bench = new HaltBench();
  bench.join('a', ['runner:claude']);
  const task = bench.submit(SPEC);
  bench.accept(task);
  bench.complete(task);
  bench.archive(task);
  bench.take({ type: 'agent.remove', org: ORG, agent: 'a' });
  expect(reach(bench, scope)).toEqual({ running: 0, pending: 0, isKnown: true });
});

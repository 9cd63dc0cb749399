import type { Subject } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { nextFor } from './next.js';

const task: Subject = { kind: 'task', id: 't-1', name: 'Fix the roof' };
const repo: Subject = { kind: 'repo', id: 'https://git.example.com/a.git', name: 'https://git.example.com/a.git' };
const agent: Subject = { kind: 'agent', id: 'a-1', name: 'ann' };

test.each([
  ['Ask why it waits: `agentcom task why ID`.', [agent, task], 'Ask why it waits: `agentcom task why t-1`.'],
  ['`agentcom agent drain NAME`', [task, agent], '`agentcom agent drain ann`'],
  ['`agentcom task answer ID TEXT`', [task], '`agentcom task answer t-1 TEXT`'],
  ['`agentcom dead requeue ID`', [agent], '`agentcom dead requeue ID`'],
  ['`agentcom dead list --repo URL`', [repo], '`agentcom dead list --repo https://git.example.com/a.git`'],
  ['`agentcom doctor`', [task], '`agentcom doctor`'],
])('%s names what it is about', (next, subjects, named) => {
  expect(nextFor(next, { subjects })).toBe(named);
});

test('a code is named where one leads', () => {
  const next = 'See `agentcom dead list`, and `agentcom explain CODE`.';
  expect(nextFor(next, { subjects: [], code: 'git.push_denied' })).toContain('`agentcom explain git.push_denied`');
  expect(nextFor(next, { subjects: [] })).toBe(next);
});

import type { HoldingPhase } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { agentKey } from '../agent/agent.js';
import { phaseSaid } from '../agent/phase.js';
import { Bench, MINUTE, ORG, SECOND } from '../fixture.js';
import { why, whyEnded } from './why.js';
import type { LinkSigns } from './why-held.js';

const reasons = (bench: Bench, task: string, signs?: LinkSigns) =>
  why(bench.state, bench.task(task), { now: bench.now, signs, nameOf: (by) => (by === 'key:k' ? 'ada' : by) }).reasons;

function working(): { bench: Bench; task: string } {
  const bench = new Bench();
  bench.join('a');
  const task = bench.submit();
  bench.accept(task);
  return { bench, task };
}

const phaseOf = (bench: Bench, phase: HoldingPhase, since = bench.now) =>
  phaseSaid(undefined, phase, bench.state, agentKey(ORG, 'a'), since);

test('an offer says to whom, since when, and until when it stands', () => {
  const bench = new Bench();
  bench.join('a');
  const task = bench.submit();
  bench.pass(12 * SECOND);
  expect(reasons(bench, task)).toEqual([
    {
      code: 'offered',
      message: 'offered to a 12 s ago; it goes back to the queue unless the agent answers',
      until: new Date(bench.now + 48 * SECOND).toISOString(),
    },
  ]);
});

test('work says what is done, since when, and when it is stopped', () => {
  const { bench, task } = working();
  const prepares = bench.now + 5 * SECOND;
  bench.pass(4 * MINUTE);
  const signs = { lastSeenAt: bench.now, phase: phaseOf(bench, 'preparing', prepares) };
  expect(reasons(bench, task, signs)).toMatchObject([
    {
      code: 'running',
      message: expect.stringContaining('a is preparing the repository (for 4 min)'),
      until: expect.any(String),
    },
  ]);
  expect(reasons(bench, task)[0]?.message).toContain('a is working on it (for 4 min)');
});

test('a beat from before the agent accepted the task says nothing of the work', () => {
  const { bench, task } = working();
  bench.pass(4 * SECOND);
  const signs = { lastSeenAt: bench.now, phase: phaseOf(bench, 'assigned') };
  expect(reasons(bench, task, signs)[0]?.message).toContain('a is working on it (for 4 s)');
});

test('a phase of the attempt before is not what is done', () => {
  const { bench, task } = working();
  const signs = { lastSeenAt: bench.now, phase: phaseOf(bench, 'reporting') };
  bench.complete(task);
  const next = bench.submit();
  bench.accept(next);
  expect(reasons(bench, next, signs)[0]?.message).toContain('a is working on it (for 0 s)');
});

test('a sidecar that is frozen is said to be silent, and what follows', () => {
  const { bench, task } = working();
  const signs = { lastSeenAt: bench.now - 40 * SECOND, phase: phaseOf(bench, 'running') };
  expect(reasons(bench, task, signs)).toMatchObject([
    { code: 'agent_silent', message: expect.stringMatching(/nothing for 40 s/) },
  ]);
});

test('a sidecar that is away is said to be so, and until when it may come back', () => {
  const { bench, task } = working();
  bench.take({ type: 'agent.gone', org: ORG, agent: 'a', connection: bench.agent('a').connection as string });
  const until = new Date(bench.now + 120 * SECOND).toISOString();
  bench.pass(30 * SECOND);
  expect(reasons(bench, task)).toMatchObject([
    { code: 'agent_away', message: expect.stringMatching(/disconnected for 30 s.*retried/), until },
  ]);
});

test('a finished task says who ended it, and why', () => {
  const { bench, task } = working();
  bench.complete(task);
  expect(reasons(bench, task)).toEqual([{ code: 'completed', message: 'done by a, in attempt g1' }]);
  const cancel = { cause: 'requested', reason: 'not needed', by: 'key:k' } as const;
  const nameOf = () => 'ada';
  const ended = { id: task, state: 'cancelled', generation: 0 } as const;
  const reasonsWith = (more: object) => whyEnded({ ...ended, cancel: { ...cancel, ...more } }, nameOf).reasons;
  expect(reasonsWith({})).toEqual([{ code: 'cancelled', message: 'cancelled by ada: not needed' }]);
  expect(reasonsWith({ reason: 'cancelled' })[0]?.message).toBe('cancelled by ada');
  expect(reasonsWith({ cause: 'discarded' })[0]?.message).toContain('discarded by ada');
  expect(reasonsWith({ cause: 'parent_failed' })[0]?.message).toContain('because its parent');
});

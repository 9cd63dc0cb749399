import { expect, test } from 'vitest';
import { Bench, ORG } from '../fixture.js';
import { agentKey } from './agent.js';
import { phaseNow, phaseSaid } from './phase.js';

const KEY = agentKey(ORG, 'a');

function working() {
  const bench = new Bench();
  bench.join('a');
  const task = bench.submit();
  bench.accept(task);
  return { bench, task };
}

test('a phase is shown as long as the agent holds the attempt that it was said of', () => {
  const { bench, task } = working();
  const said = phaseSaid(undefined, 'running', bench.state, KEY, bench.now);
  expect(phaseNow(said, bench.state, KEY)).toEqual({ phase: 'running', since: bench.now, attempt: `${task} 1` });
  bench.complete(task);
  expect(phaseNow(said, bench.state, KEY)).toBeUndefined();
});

test('a phase of the attempt before is not one of the next', () => {
  const { bench, task } = working();
  const said = phaseSaid(undefined, 'reporting', bench.state, KEY, bench.now);
  bench.complete(task);
  const next = bench.submit();
  bench.accept(next);
  expect(phaseNow(said, bench.state, KEY)).toBeUndefined();
  const again = phaseSaid(said, 'reporting', bench.state, KEY, bench.now + 5);
  expect(phaseNow(again, bench.state, KEY)).toMatchObject({ since: bench.now + 5, attempt: `${next} 1` });
});

test('a phase stays while the agent stops what was taken from it', () => {
  const { bench, task } = working();
  const said = phaseSaid(undefined, 'stopping', bench.state, KEY, bench.now);
  bench.take({ type: 'task.cancel', ...bench.operator(task), reason: 'not needed' });
  expect(phaseNow(said, bench.state, KEY)).toBe(said);
  bench.take({ type: 'task.stopped', ...bench.from('a'), task, generation: 1 });
  expect(phaseNow(said, bench.state, KEY)).toBeUndefined();
});

test('a phase counts from when it was first said, and ends when none is said', () => {
  const { bench } = working();
  const said = phaseSaid(undefined, 'running', bench.state, KEY, bench.now);
  expect(phaseSaid(said, 'running', bench.state, KEY, bench.now + 5)).toBe(said);
  expect(phaseSaid(said, 'checking', bench.state, KEY, bench.now + 5)).toMatchObject({ since: bench.now + 5 });
  expect(phaseSaid(said, undefined, bench.state, KEY, bench.now)).toBeUndefined();
});

import { childTraceparent } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { agentKey } from '../../core/agent/agent.js';
import { Bench, ORG, submission } from '../../core/fixture.js';
import { ownTrace } from './own-trace.js';

const OWN = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const OTHER = '00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-00f067aa0ba902b7-01';

/** Agent `a` holds the first of two tasks that are traced, and nobody the second. */
function working() {
  const bench = new Bench();
  bench.join('a');
  const task = bench.take({ ...submission(), traceparent: OWN }).reply.task;
  bench.take({ ...submission(), traceparent: OTHER });
  return { bench, task, key: agentKey(ORG, 'a') };
}

test('an agent may go on the trace of the attempt that it holds, under whichever span', () => {
  const { bench, task, key } = working();
  const traceparent = childTraceparent(OWN, 7);
  expect(ownTrace(bench.state, key, traceparent)).toEqual({ task, generation: 1, traceparent });
});

test.each([
  ["that of somebody else's task", OTHER],
  ['one that no task has', OWN.replace('4bf9', '0000')],
  ['none', undefined],
])('it may not go on %s', (_what, traceparent) => {
  const { bench, key } = working();
  expect(ownTrace(bench.state, key, traceparent)).toBeUndefined();
});

test('nor any once its attempt has ended, or while its task is not traced', () => {
  const { bench, task, key } = working();
  bench.accept(task);
  bench.complete(task);
  expect(ownTrace(bench.state, key, OWN)).toBeUndefined();
  const plain = new Bench();
  plain.join('a');
  plain.submit();
  expect(plain.agent('a').task).toBeDefined();
  expect(ownTrace(plain.state, key, OWN)).toBeUndefined();
});

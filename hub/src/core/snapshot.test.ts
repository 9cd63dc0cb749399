// A state that went through a snapshot says and decides the same as the one it was made from.

import { expect, test } from 'vitest';
import { Bench, dumpOf, fromSnapshot, HOUR, ORG, submission } from './fixture.js';
import { StateLoader } from './snapshot.js';
import type { Task } from './task/task.js';

/** By way of its text, as a snapshot is stored. */
/** A little of everything. */
function lively(): Bench {
  const bench = new Bench();
  bench.take({ type: 'leader.elect', hub: 'hub-a', epoch: 4, url: 'http://a', version: '1' });
  bench.take({ type: 'org.ensure', org: ORG });
  for (const name of ['a', 'b', 'c', 'd']) {
    bench.join(name, ['git']);
    bench.wait(10);
  }
  const done = bench.submit({ prompt: { ref: '4.abc', bytes: 4_000 } });
  bench.accept(done);
  bench.complete(done);
  const [working, blocked, offered] = [bench.submit(), bench.submit(), bench.submit()];
  bench.accept(working);
  bench.accept(blocked);
  bench.block(blocked);
  bench.gone('b');
  bench.submit({ dependsOn: [working, done] });
  bench.submit({ notBefore: bench.now + HOUR });
  bench.take(submission({ needs: ['gpu'], prompt: { ref: '4.abc', bytes: 4_000 } }, { key: 'k', digest: 'd' }));
  bench.take({ type: 'task.reject', ...bench.by(offered), reason: 'no' });
  const stopped = bench.submit();
  bench.accept(stopped);
  bench.take({ type: 'task.cancel', ...bench.operator(stopped), reason: 'enough' });
  bench.join('e', ['git', 'only-e']);
  const told = bench.submit({ needs: ['only-e'], repo: { url: 'file:///one' }, budget: { tokens: 100 } });
  bench.accept(told);
  bench.block(told);
  bench.take({ type: 'task.answer', ...bench.operator(told), answer: 'left' });
  const session = { runner: 'claude', id: 's-1' };
  const report = { ...bench.by(told), usage: { inputTokens: 5 }, session, paths: ['a'] };
  bench.take({ type: 'task.progress', ...report, report: bench.mark() });
  bench.fail(told, 'rate_limited', bench.now + 2 * HOUR);
  bench.take({ type: 'task.retry', ...bench.operator(told) });
  bench.join('f', ['only-e']);
  bench.accept(told);
  bench.take({ type: 'task.progress', ...bench.by(told), report: bench.mark(), paths: ['a', 'b'] });
  bench.take({ type: 'clock.jump', forwardMs: 0, wallOffsetMs: -60_000 });
  return bench;
}

test('every fact comes back', () => {
  const { state } = lively();
  expect(dumpOf(fromSnapshot(state))).toEqual(dumpOf(state));
});

test('every index comes back', () => {
  const { state } = lively();
  const again = fromSnapshot(state);
  expect(again.taskIndex.counts()).toEqual(state.taskIndex.counts());
  expect(again.children).toEqual(state.children);
  expect(again.bodies).toEqual(state.bodies);
  expect(again.storedBytes).toEqual(state.storedBytes);
  expect([...again.finished]).toEqual([...state.finished]);
  expect(again.deadlines.nextAt()).toBe(state.deadlines.nextAt());
  expect(again.matching.depths(ORG)).toEqual(state.matching.depths(ORG));
  const [one] = [...state.tasks.values()].filter(({ paths }) => paths !== undefined);
  const probe = { ...one, id: 'another', overlaps: undefined } as Task;
  expect(state.touched.newOverlaps(probe)).toHaveLength(1);
  expect(again.touched.newOverlaps(probe)).toEqual(state.touched.newOverlaps(probe));
});

test('what falls due falls due in both', () => {
  const live = lively();
  const other = new Bench();
  Object.assign(other.state, fromSnapshot(live.state));
  other.now = live.now;
  for (const bench of [live, other]) for (let hour = 0; hour < 30; hour++) bench.pass(HOUR);
  const ended = ({ state }: Bench): unknown => [
    [...state.tasks.values()].map(({ id, state, attempts }) => ({ id, state, attempts })),
    [...state.agents.values()].map(({ name, limits }) => ({ name, limits })),
  ];
  expect(ended(other)).toEqual(ended(live));
});

test('a snapshot does not change with the state it was made from', () => {
  const bench = lively();
  const records = dumpOf(bench.state);
  const kept = [...records];
  bench.pass(HOUR);
  expect(records).toEqual(kept);
  expect(dumpOf(bench.state)).not.toEqual(kept);
});

test('organisations of before they had names come back, too', () => {
  const loader = new StateLoader();
  loader.add({ kind: 'org', value: 'default' as never });
  expect(loader.finish().orgs.get('default')).toEqual({ id: 'default', createdAt: 0 });
});

// What a hello meets: the table at the head of hello.ts, row by row, and what happens to what had to give way.

import { expect, test } from 'vitest';
import { Bench, HOUR, MINUTE, ORG } from '../fixture.js';
import { agentView } from './view.js';

function working(bench: Bench): string {
  bench.join('a');
  const task = bench.submit();
  bench.accept(task);
  return task;
}

/** Working, its link gone past the grace, so that the attempt was given up. */
function lost(bench: Bench): string {
  const task = working(bench);
  bench.gone('a');
  bench.pass(2 * MINUTE + 1_000);
  return task;
}

test('holding nothing while a task is offered: the offer is sent again', () => {
  const bench = new Bench();
  bench.join('a');
  const task = bench.submit();
  const { reply, frames } = bench.hello('a');
  expect(reply.holding).toBeNull();
  expect(frames).toEqual(['close connection-1 4001', `task.assign ${task} 1`]);
  expect(bench.task(task).state).toBe('assigned');
});

test.each(['working', 'blocked'] as const)('holding nothing of a %s task: the attempt is lost', (state) => {
  const bench = new Bench();
  const task = working(bench);
  if (state === 'blocked') bench.block(task);
  expect(bench.hello('a').reply.holding).toBeNull();
  expect(bench.task(task)).toMatchObject({ state: 'scheduled', reason: 'backoff', attempts: 1 });
  expect(bench.task(task).attemptLog?.[0]?.error?.class).toBe('lost');
});

test('holding the live attempt: keep', () => {
  const bench = new Bench();
  const task = working(bench);
  bench.gone('a');
  expect(bench.hello('a', { task, generation: 1 }).reply.holding).toBe('keep');
  expect(bench.task(task)).toMatchObject({ state: 'working', generation: 1 });
  expect(bench.pass(HOUR).map(({ type }) => type)).toEqual([]);
});

test('a sidecar that waits for an answer is kept, whether or not the hub has heard its question yet', () => {
  const bench = new Bench();
  const task = working(bench);
  bench.gone('a');
  expect(bench.hello('a', { task, generation: 1 }).reply.holding).toBe('keep');
  const asking = () => ({ type: 'task.block' as const, ...bench.by(task), report: { seq: 1, digest: 'd' } });
  bench.take({ ...asking(), question: { questionId: 'q1', question: 'which?' } });
  bench.gone('a');
  expect(bench.hello('a', { task, generation: 1 }).reply.holding).toBe('keep');
  bench.take({ ...asking(), question: { questionId: 'q1', question: 'which?' } });
  expect(bench.task(task)).toMatchObject({ state: 'blocked', question: { questionId: 'q1' } });
  bench.pass(23 * HOUR);
  expect(bench.task(task).state).toBe('blocked');
});

test('holding the live attempt with an unconfirmed answer: keep, and the answer is sent again', () => {
  const bench = new Bench();
  const task = working(bench);
  bench.block(task);
  bench.take({ type: 'task.answer', ...bench.operator(task), answer: 'left' });
  const { reply, frames } = bench.hello('a', { task, generation: 1 });
  expect(reply.holding).toBe('keep');
  expect(frames).toContain(`task.answer ${task} 1`);
  bench.take({ type: 'task.answered', ...bench.by(task), questionId: 'q1' });
  expect(bench.hello('a', { task, generation: 1 }).frames).toEqual(['close connection-2 4001']);
});

test('holding what is being stopped: keep, and the cancel is sent again', () => {
  const bench = new Bench();
  const task = working(bench);
  bench.take({ type: 'task.cancel', ...bench.operator(task), reason: 'enough' });
  const { reply, frames } = bench.hello('a', { task, generation: 1 });
  expect(reply.holding).toBe('keep');
  expect(frames).toEqual(['close connection-1 4001', `task.cancel ${task} 1`]);
});

test.each([
  ['to its agent', 'a', ORG, 'enough'],
  ['not to a colleague', 'b', ORG, 'it is no longer needed'],
  ['not to its namesake in another organisation', 'a', 'other', 'it is no longer needed'],
] as const)('why work was ended is said %s', (_whom, agent, org, reason) => {
  const bench = new Bench();
  const task = working(bench);
  bench.enrol('b');
  bench.enrol('a', [], { org: 'other' });
  bench.take({ type: 'task.cancel', ...bench.operator(task), reason: 'enough' });
  const holding = { task, generation: 1 };
  bench.hello(agent, holding, { org });
  const { outputs } = bench.hello(agent, holding, { org });
  expect(outputs).toContainEqual(expect.objectContaining({ frame: { type: 'task.cancel', ...holding, reason } }));
});

test('holding an attempt given up as lost and not offered since: keep, and it counts for nothing', () => {
  const bench = new Bench();
  const task = lost(bench);
  expect(bench.task(task)).toMatchObject({ state: 'scheduled', attempts: 1, agent: undefined });
  expect(bench.hello('a', { task, generation: 1 }).reply.holding).toBe('keep');
  expect(bench.task(task)).toMatchObject({ state: 'working', attempts: 0, agent: 'a', generation: 1 });
  bench.complete(task);
  expect(bench.task(task).state).toBe('completed');
});

test('a lost attempt that was due again, and queued, still goes on', () => {
  const bench = new Bench();
  const task = lost(bench);
  bench.pass(HOUR);
  expect(bench.task(task).state).toBe('queued');
  expect(bench.hello('a', { task, generation: 1 }).reply.holding).toBe('keep');
  expect(bench.task(task)).toMatchObject({ state: 'working', generation: 1 });
});

test('a lost attempt that an operator retried goes on without a negative count', () => {
  const bench = new Bench();
  const task = lost(bench);
  bench.take({ type: 'task.retry', ...bench.operator(task) });
  expect(bench.hello('a', { task, generation: 1 }).reply.holding).toBe('keep');
  expect(bench.task(task)).toMatchObject({ state: 'working', attempts: 0 });
});

test('a lost attempt that asked goes on asking, and keeps an answer that was given and not confirmed', () => {
  const asking = new Bench();
  const asked = working(asking);
  asking.block(asked);
  asking.gone('a');
  asking.pass(3 * MINUTE);
  expect(asking.hello('a', { task: asked, generation: 1 }).reply.holding).toBe('keep');
  expect(asking.task(asked)).toMatchObject({ state: 'blocked', question: { questionId: 'q1' } });

  const bench = new Bench();
  const task = working(bench);
  bench.block(task);
  bench.take({ type: 'task.answer', ...bench.operator(task), answer: 'left' });
  bench.gone('a');
  bench.pass(3 * MINUTE);
  const { frames } = bench.hello('a', { task, generation: 1 });
  expect(frames).toEqual([`task.answer ${task} 1`]);
  expect(bench.task(task).answer).toEqual({ questionId: 'q1', answer: 'left' });
});

test('a lost attempt whose task went to somebody else: drop, and it is busy until it has stopped', () => {
  const bench = new Bench();
  const task = lost(bench);
  bench.join('b');
  bench.pass(HOUR);
  expect(bench.task(task)).toMatchObject({ agent: 'b', generation: 2 });
  expect(bench.task(task).question).toBeUndefined();
  expect(bench.hello('a', { task, generation: 1 }).reply.holding).toBe('drop');
  const other = bench.submit();
  expect(bench.task(other).state).toBe('queued');
  bench.take({ type: 'task.stopped', ...bench.by(task, 'a', 1) });
  expect(bench.task(other).agent).toBe('a');
});

test.each(['completed', 'failed'] as const)('an attempt that %s by its own report: confirmed', (how) => {
  const bench = new Bench();
  const task = working(bench);
  if (how === 'completed') bench.complete(task);
  else bench.fail(task);
  expect(bench.hello('a', { task, generation: 1 }).reply.holding).toBe('confirmed');
});

test('an attempt that failed by its own report is confirmed also after somebody else took the task', () => {
  const bench = new Bench();
  const task = working(bench);
  bench.fail(task);
  bench.gone('a');
  bench.join('b');
  bench.pass(HOUR);
  bench.accept(task);
  expect(bench.task(task)).toMatchObject({ agent: 'b', generation: 2 });
  expect(bench.hello('a', { task, generation: 1 }).reply.holding).toBe('confirmed');
});

test.each([
  ['a task that is not there', 'id-9999', 1],
  ['a generation that never was', null, 7],
] as const)('holding %s: drop', (_what, id, generation) => {
  const bench = new Bench();
  const task = working(bench);
  bench.complete(task);
  expect(bench.hello('a', { task: id ?? task, generation }).reply.holding).toBe('drop');
  expect(bench.agent('a').stopping).toBeDefined();
  bench.pass(2 * MINUTE);
  expect(bench.agent('a').stopping).toBeUndefined();
});

test('holding something else than what it was offered: the offer is lost, and not held against it', () => {
  const bench = new Bench();
  const first = lost(bench);
  bench.hello('a', { task: first, generation: 1 });
  bench.complete(first);
  const second = bench.submit();
  expect(bench.task(second).agent).toBe('a');
  bench.join('b');
  expect(bench.hello('a', { task: first, generation: 1 }).reply.holding).toBe('confirmed');
  expect(bench.task(second)).toMatchObject({ agent: 'b', generation: 2 });
  expect(bench.task(second).passedOver).toBeUndefined();
});

test('holding a lost attempt that may go on wins over what the hub has given it since', () => {
  const bench = new Bench({ retryBaseSeconds: 3600, retryCapSeconds: 3600 });
  const task = lost(bench);
  bench.hello('a');
  const other = bench.submit();
  bench.accept(other);
  expect(bench.hello('a', { task, generation: 1 }).reply.holding).toBe('keep');
  expect(bench.agent('a').task).toBe(task);
  expect(bench.task(other)).toMatchObject({ state: 'scheduled', agent: undefined });
});

test('a hello that no longer names what is being stopped says that it has stopped', () => {
  const bench = new Bench({ retryBaseSeconds: 3600, retryCapSeconds: 3600 });
  const task = lost(bench);
  bench.hello('a', { task: 'id-9999', generation: 1 });
  expect(bench.agent('a').stopping?.task).toBe('id-9999');
  expect(bench.hello('a', { task, generation: 1 }).reply.holding).toBe('keep');
  expect(bench.agent('a')).toMatchObject({ stopping: undefined, task });
});

test('a task of another organisation cannot be claimed', () => {
  const bench = new Bench();
  bench.join('a');
  const { task } = bench.take({
    type: 'task.submit',
    org: 'other',
    by: 'x',
    spec: { title: 't', prompt: 'p', lane: 'low', needs: [] },
  }).reply;
  expect(bench.hello('a', { task, generation: 0 }).reply.holding).toBe('drop');
  expect(bench.task(task).state).toBe('queued');
});

const FIRST = { machine: 'm1', instance: 'i1', host: 'one' };
const COPY = { machine: 'm2', instance: 'i2', host: 'two' };

function onMachine(bench: Bench): string {
  bench.enrol('a');
  bench.hello('a', undefined, FIRST);
  const task = bench.submit();
  bench.accept(task);
  return task;
}

test('a copy of its key on another machine is refused, and the running attempt goes on', () => {
  const bench = new Bench();
  const task = onMachine(bench);
  expect(bench.refusal(bench.helloOf('a', { ...COPY, holding: { task, generation: 1 } }))).toBe('agent.other_machine');
  bench.gone('a');
  expect(bench.refusal(bench.helloOf('a', COPY))).toBe('agent.other_machine');
  expect(bench.hello('a', { task, generation: 1 }, { ...FIRST, instance: 'i3' }).reply.holding).toBe('keep');
  expect(bench.task(task)).toMatchObject({ state: 'working', generation: 1, attempts: 0 });
});

test('an idle one is refused, too, until the machine that has the agent was away for the grace', () => {
  const bench = new Bench();
  bench.enrol('a');
  bench.hello('a', undefined, FIRST);
  expect(bench.refusal(bench.helloOf('a', COPY))).toBe('agent.other_machine');
  bench.gone('a');
  bench.pass(MINUTE);
  expect(bench.refusal(bench.helloOf('a', COPY))).toBe('agent.other_machine');
  bench.pass(MINUTE);
  bench.hello('a', undefined, COPY);
  expect(bench.agent('a')).toMatchObject({ machine: 'm2', host: 'two' });
  expect(bench.refusal(bench.helloOf('a', FIRST))).toBe('agent.other_machine');
});

test('a restart on the same machine takes over at once, even from a link that only seems to live', () => {
  const bench = new Bench();
  const task = onMachine(bench);
  const again = bench.hello('a', { task, generation: 1 }, { ...FIRST, instance: 'i2' });
  expect(again.reply.holding).toBe('keep');
  expect(again.frames).toContain('close connection-1 4001');
  bench.gone('a');
  expect(bench.hello('a', { task, generation: 1 }, { ...FIRST, instance: 'i2' }).reply.holding).toBe('keep');
});

test('of two machines that bear the same name the one that was replaced does not take the agent back', () => {
  const bench = new Bench();
  bench.enrol('a');
  bench.hello('a', undefined, FIRST);
  bench.hello('a', undefined, { ...FIRST, instance: 'i2' });
  expect(bench.refusal(bench.helloOf('a', FIRST))).toBe('agent.other_machine');
  bench.hello('a', undefined, { ...FIRST, instance: 'i3' });
});

test('whoever does not say which machine it is on may have a copy of the key, once the machine of the agent is known', () => {
  const bench = new Bench();
  const task = onMachine(bench);
  expect(bench.refusal(bench.helloOf('a', { instance: 'i2' }))).toBe('agent.other_machine');
  expect(bench.refusal(bench.helloOf('a', { instance: 'i2', holding: { task, generation: 1 } }))).toBe(
    'agent.other_machine',
  );
  expect(bench.task(task)).toMatchObject({ state: 'working', attempts: 0 });
});

test('where none says its machine, the newest has the agent, and the one that it replaced does not take it back', () => {
  const bench = new Bench();
  bench.enrol('a');
  bench.hello('a');
  expect(bench.hello('a', undefined, { instance: 'i2' }).frames).toContain('close connection-1 4001');
  expect(bench.refusal(bench.helloOf('a'))).toBe('agent.other_machine');
  expect(bench.hello('a', undefined, COPY).frames).toContain('close connection-2 4001');
});

test('a second hello while the first link lives is remembered, with both sidecars', () => {
  const bench = new Bench();
  bench.enrol('a');
  bench.hello('a', undefined, { host: 'one', instance: 'first-instance' });
  bench.hello('a', undefined, { host: 'one', instance: 'first-instance' });
  const view = () => agentView(bench.state, bench.agent('a'), { hubVersion: '1' }).secondHellos;
  expect(view()).toBeUndefined();
  bench.hello('a', undefined, { host: 'two', instance: 'second-instance' });
  expect(view()).toMatchObject([
    { host: 'two', instance: 'second-i', first: { host: 'one', instance: 'first-in' }, outcome: 'took_over' },
  ]);
  bench.take({ type: 'agent.conflict', org: ORG, agent: 'a', host: 'three', instance: 'third' });
  expect(view()?.[1]).toMatchObject({ host: 'three', first: { host: 'two' }, outcome: 'refused' });
  bench.gone('a');
  bench.hello('a', undefined, { host: 'two', instance: 'fourth' });
  expect(view()).toHaveLength(2);
});

test('however many hellos come with one key, the journal takes a few of them', () => {
  const bench = new Bench();
  onMachine(bench);
  const noted = () => bench.log.filter(({ event }) => event.type === 'agent.conflicted').length;
  for (let i = 0; i < 100; i++) {
    bench.take({ type: 'agent.conflict', org: ORG, agent: 'a', host: `host-${i}`, instance: `i-${i}` });
  }
  expect(noted()).toBe(8);
  bench.pass(HOUR);
  bench.take({ type: 'agent.conflict', org: ORG, agent: 'a', host: 'later', instance: 'later' });
  expect(noted()).toBe(9);
  expect(bench.agent('a').secondHellos).toHaveLength(8);
});

test('the view says which machine was refused, once in a while, until the agent moves', () => {
  const bench = new Bench();
  onMachine(bench);
  const conflict = { type: 'agent.conflict', org: ORG, agent: 'a', host: 'two', instance: 'i2' } as const;
  const view = () => agentView(bench.state, bench.agent('a'), { hubVersion: '1' }).conflict;
  expect(view()).toBeUndefined();
  bench.take(conflict);
  const said = view();
  expect(said?.host).toBe('two');
  bench.pass(MINUTE);
  bench.take(conflict);
  expect(view()).toEqual(said);
  bench.pass(HOUR);
  bench.take(conflict);
  expect(view()).not.toEqual(said);
  bench.take({ ...conflict, host: 'three' });
  expect(view()?.host).toBe('three');
  bench.gone('a');
  bench.pass(HOUR);
  bench.hello('a', undefined, COPY);
  expect(view()).toBeUndefined();
});

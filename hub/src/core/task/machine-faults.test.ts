// Machines that cannot start what they are given.

import { expect, test } from 'vitest';
import { Bench, dumpOf, HOUR, MINUTE, SECOND } from '../fixture.js';
import { why } from './why.js';

const BROKEN = { code: 'it.machine', message: 'it failed' };

test('a fault of the machine uses no attempt, goes to another agent, and holds the machine back', () => {
  const bench = new Bench();
  bench.join('broken');
  const task = bench.submit({ maxAttempts: 1 });
  bench.accept(task);
  bench.join('well');
  bench.fail(task, 'machine');
  expect(bench.task(task)).toMatchObject({ state: 'assigned', agent: 'well', attempts: 0, generation: 2 });
  expect(bench.agent('broken').unfit).toEqual({ ...BROKEN, since: bench.now });
  const next = bench.submit();
  expect(bench.task(next).state).toBe('queued');
});

test('one agent that cannot start anything beside one that can: twenty tasks, none dead, one start on the broken one', () => {
  const bench = new Bench();
  bench.join('broken');
  bench.join('well');
  const tasks = Array.from({ length: 20 }, () => bench.submit());
  let starts = 0;
  for (let round = 0; round < 200 && tasks.some((id) => bench.task(id).state !== 'completed'); round += 1) {
    for (const id of tasks) {
      const { state, agent } = bench.task(id);
      if (state !== 'assigned') continue;
      bench.accept(id);
      if (agent === 'well') bench.complete(id);
      else {
        starts += 1;
        bench.fail(id, 'machine');
      }
    }
    bench.pass(SECOND);
  }
  expect(tasks.map((id) => bench.task(id).state)).toEqual(tasks.map(() => 'completed'));
  expect(starts).toBe(1);
});

test('the machine gets work again once its sidecar leaves its reason out, in a heartbeat or a hello', () => {
  const bench = new Bench();
  bench.join('a');
  const task = bench.submit();
  bench.accept(task);
  bench.fail(task, 'machine');
  bench.fitness('a', BROKEN);
  bench.pass(MINUTE);
  expect(bench.task(task).state).toBe('queued');
  bench.fitness('a');
  expect(bench.task(task)).toMatchObject({ state: 'assigned', agent: 'a' });
  bench.accept(task);
  bench.fail(task, 'machine');
  bench.pass(HOUR);
  bench.hello('a', undefined, { unfit: { code: 'disk.low', message: 'no room' } });
  expect(bench.agent('a').unfit).toMatchObject({ code: 'disk.low', since: bench.now });
  expect(bench.task(task).state).toBe('queued');
  bench.hello('a');
  expect(bench.task(task).state).toBe('assigned');
});

test('a reason lasts since it was first given, and the heartbeat of a link that is gone says nothing', () => {
  const bench = new Bench();
  bench.join('a');
  bench.fitness('a', BROKEN);
  const since = bench.now;
  bench.wait(MINUTE);
  bench.fitness('a', { ...BROKEN, message: 'in other words' });
  expect(bench.agent('a').unfit).toEqual({ code: BROKEN.code, message: 'in other words', since });
  const { connection = '' } = bench.agent('a');
  bench.hello('a', undefined, { unfit: BROKEN });
  bench.take({ type: 'agent.fitness', org: 'default', agent: 'a', connection });
  expect(bench.agent('a').unfit).toMatchObject(BROKEN);
});

test('an agent that cannot start one task is passed over for it, longer each time, also after others could not', () => {
  const bench = new Bench();
  bench.join('a');
  bench.join('b');
  const task = bench.submit();
  const failOn = () => {
    const { agent = '' } = bench.task(task);
    bench.accept(task);
    bench.fail(task, 'machine');
    bench.fitness(agent);
    return agent;
  };
  const first = failOn();
  const second = failOn();
  expect(second).not.toBe(first);
  expect(bench.task(task).state).toBe('queued');
  expect(bench.task(task).passedOver?.map(({ times }) => times)).toEqual([1, 1]);
  bench.pass(6_000);
  failOn();
  failOn();
  expect(bench.task(task).passedOver?.map(({ times }) => times)).toEqual([2, 2]);
  bench.pass(6_000);
  expect(bench.task(task).state).toBe('queued');
});

test('a task that waits for a machine that is well again says what stood in its way', () => {
  const bench = new Bench();
  bench.join('a');
  const task = bench.submit();
  bench.accept(task);
  bench.fail(task, 'machine');
  bench.fitness('a');
  expect(why(bench.state, bench.task(task)).reasons).toEqual([
    {
      code: 'passed_over',
      message:
        'it could not be started; no attempt was used, and it is offered again soon; last error: it failed (it.machine)',
      failure: 'it.machine',
    },
  ]);
});

test('a task that no machine can start is given up like one that nobody takes, with the reason', () => {
  const bench = new Bench({ maxOffers: 3 });
  bench.join('a');
  const task = bench.submit();
  for (let n = 0; n < 3; n += 1) {
    bench.accept(task);
    bench.fail(task, 'machine');
    bench.fitness('a');
    bench.pass(MINUTE);
  }
  expect(bench.task(task)).toMatchObject({ state: 'dead', death: 'no_taker', attempts: 0 });
  expect(why(bench.state, bench.task(task)).reasons[0]?.message).toBe(
    "its agents' machines could not start it, 3 times in a row; last error: it failed (it.machine)",
  );
  bench.take({ type: 'dead.requeue', ...bench.operator(task) });
  bench.accept(task);
  bench.fail(task, 'machine');
  expect(bench.task(task).state).toBe('queued');
});

test('any other end of an attempt ends the row, and nobody is passed over for it any more', () => {
  const bench = new Bench({ maxOffers: 2 });
  bench.join('a');
  bench.join('b');
  const task = bench.submit();
  bench.accept(task);
  bench.fail(task, 'machine');
  bench.accept(task);
  bench.fail(task);
  expect(bench.task(task)).toMatchObject({ state: 'scheduled', attempts: 1 });
  expect(bench.task(task).machineFailures).toBeUndefined();
  expect(bench.task(task).passedOver).toBeUndefined();
});

test('a task that every machine which could do it is held back for says so, and why', () => {
  const bench = new Bench();
  bench.join('a', ['gpu']);
  bench.fitness('a', { code: 'runner.not_started', message: 'codex is not there' });
  const task = bench.submit({ needs: ['gpu'] });
  expect(why(bench.state, bench.task(task)).reasons).toEqual([
    {
      code: 'agents_unfit',
      message: '1 agent could do it, but it is held back (a: codex is not there); its sidecar retries by itself',
    },
  ]);
  for (const name of ['b', 'c', 'd', 'e']) {
    bench.enrol(name, ['gpu']);
    bench.hello(name, undefined, { unfit: BROKEN });
  }
  expect(why(bench.state, bench.task(task)).reasons[0]?.message).toBe(
    '5 agents could do it, but all are held back (a: codex is not there; b: it failed; c: it failed; 2 more); their sidecars retry by themselves',
  );
});

test('what is held back stays so in a snapshot, and in a replay', () => {
  const bench = new Bench();
  bench.join('a');
  bench.join('b');
  const task = bench.submit();
  bench.accept(task);
  bench.fail(task, 'machine');
  expect(dumpOf(bench.replay())).toEqual(bench.dump());
});

test.each(['git.remote_unreachable', 'git.failed', 'git.busy', 'runner.killed'])(
  'a task that cannot be prepared on a machine (%s) holds that machine back from no other',
  (code) => {
    const bench = new Bench();
    bench.join('a');
    const far = bench.submit();
    const near = bench.submit();
    bench.accept(far);
    bench.fail(far, 'machine', undefined, code);
    expect(bench.agent('a').unfit).toBeUndefined();
    expect(bench.task(near)).toMatchObject({ state: 'assigned', agent: 'a' });
    expect(bench.task(far)).toMatchObject({ state: 'queued', attempts: 0 });
  },
);

test('what all machines need may be away for a while, however many there are', () => {
  const bench = new Bench();
  const names = Array.from({ length: 20 }, (_, n) => `a${n}`);
  for (const name of names) bench.join(name);
  const task = bench.submit();
  for (const _ of names) {
    bench.accept(task);
    bench.fail(task, 'machine', undefined, 'git.remote_unreachable');
  }
  expect(bench.task(task)).toMatchObject({ state: 'queued', machineFailures: 20 });
});

test('what one machine alone may lack is asked of another that fits first, and believed after three', () => {
  const bench = new Bench();
  for (const name of ['a', 'b', 'c', 'd']) bench.join(name);
  bench.join('other', ['gpu']);
  const task = bench.submit({ maxAttempts: 1 });
  const asked: (string | undefined)[] = [];
  while (bench.task(task).state === 'assigned') {
    asked.push(bench.task(task).agent);
    bench.accept(task);
    bench.fail(task, 'permanent', undefined, 'git.auth');
  }
  expect(new Set(asked).size).toBe(3);
  expect(bench.task(task)).toMatchObject({ state: 'dead', death: 'permanent', attempts: 1 });
  expect(bench.agent('a').unfit).toBeUndefined();
});

test('a machine without credentials does not take a task from one that is busy for long', () => {
  const bench = new Bench();
  bench.join('well');
  bench.accept(bench.submit());
  bench.join('without');
  const task = bench.submit();
  bench.accept(task);
  bench.fail(task, 'permanent', undefined, 'git.auth');
  bench.pass(30 * MINUTE);
  expect(bench.task(task)).toMatchObject({ state: 'queued', attempts: 0 });
});

test('with nobody else who fits, or once something has been run, a permanent failure is one', () => {
  const bench = new Bench();
  bench.join('a');
  const alone = bench.submit();
  bench.accept(alone);
  bench.fail(alone, 'permanent', undefined, 'git.auth');
  expect(bench.task(alone)).toMatchObject({ state: 'dead', death: 'permanent' });
  bench.join('b');
  const other = bench.submit();
  bench.accept(other);
  bench.fail(other, 'permanent', undefined, 'git.base_missing');
  expect(bench.task(other).state).toBe('dead');
});

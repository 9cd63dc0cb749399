import { describe, expect, test } from 'vitest';
import { ImpossibleEvent } from '../event-errors.js';
import { Bench, HOUR, MINUTE, SECOND } from '../fixture.js';

const take = (bench: Bench, epoch: number): unknown =>
  bench.take({ type: 'leader.elect', hub: 'hub-a', epoch, url: 'http://a', version: '1' });

describe('a new leader', () => {
  test('has no links, gives accepted work its whole grace again and offers their whole time', () => {
    const bench = new Bench();
    bench.join('a');
    const working = bench.submit();
    bench.accept(working);
    bench.join('b');
    const offered = bench.submit();
    bench.join('c');
    bench.wait(50 * SECOND);
    take(bench, 1);
    expect(['a', 'b', 'c'].map((name) => bench.agent(name).connection)).toEqual([undefined, undefined, undefined]);
    bench.pass(59 * SECOND);
    expect(bench.task(offered).state).toBe('assigned');
    expect(bench.task(working).state).toBe('working');
    bench.pass(2 * SECOND);
    expect(bench.task(offered).state).toBe('queued');
    bench.pass(60 * SECOND);
    expect(bench.task(working)).toMatchObject({ state: 'scheduled', attempts: 1 });
  });

  test('never has an epoch that was there before', () => {
    const bench = new Bench();
    take(bench, 3);
    expect(() => take(bench, 3)).toThrow(ImpossibleEvent);
    expect(bench.state).toMatchObject({ epoch: 3, leader: { hub: 'hub-a', epoch: 3, url: 'http://a', version: '1' } });
    bench.take({ type: 'leader.leave', hub: 'hub-a' });
    expect(bench.state.leader).toBeUndefined();
  });
});

describe('a clock that jumped', () => {
  test('ahead: what runs has as long as before, and only `notBefore` follows the wall', () => {
    const bench = new Bench();
    bench.join('a');
    const running = bench.submit({ runTimeoutMs: HOUR });
    bench.accept(running);
    const later = bench.submit({ notBefore: bench.now + 2 * HOUR, needs: ['gpu'] });
    bench.wait(3 * HOUR);
    bench.take({ type: 'clock.jump', forwardMs: 3 * HOUR, wallOffsetMs: 0 });
    bench.tick();
    expect(bench.task(running).state).toBe('working');
    expect(bench.task(later).state).toBe('queued');
    bench.pass(HOUR + SECOND);
    expect(bench.task(running).attemptLog?.[0]?.error?.code).toBe('run.timeout');
  });

  test('back: `notBefore` waits for the wall to come there again', () => {
    const bench = new Bench();
    const task = bench.submit({ notBefore: bench.now + 10 * MINUTE });
    bench.take({ type: 'clock.jump', forwardMs: 0, wallOffsetMs: -HOUR });
    bench.pass(20 * MINUTE);
    expect(bench.task(task).state).toBe('scheduled');
    bench.pass(HOUR);
    expect(bench.task(task).state).toBe('queued');
    expect(bench.task(bench.submit({ notBefore: bench.now - HOUR + MINUTE })).state).toBe('scheduled');
  });

  test('restarts the grace of links that are gone', () => {
    const bench = new Bench();
    bench.join('a');
    const task = bench.submit();
    bench.accept(task);
    bench.gone('a');
    bench.wait(100 * SECOND);
    bench.take({ type: 'clock.jump', forwardMs: 50 * SECOND, wallOffsetMs: 0 });
    bench.pass(119 * SECOND);
    expect(bench.task(task).state).toBe('working');
    bench.pass(2 * SECOND);
    expect(bench.task(task).state).toBe('scheduled');
  });
});

test('a journal whose end was given up gives out no generation a second time', () => {
  const bench = new Bench();
  bench.join('a');
  const task = bench.submit();
  bench.accept(task);
  bench.take({ type: 'journal.truncate', at: 5, knownHead: 9 });
  expect(
    bench.refusal({ type: 'task.complete', ...bench.by(task, 'a', 1), report: bench.mark(), result: { summary: '' } }),
  ).toBe('task.stale_generation');
  expect(bench.task(task).generation).toBeGreaterThan(1_000);
});

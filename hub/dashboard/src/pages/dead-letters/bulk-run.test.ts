import { expect, test } from 'vitest';
import { ApiError } from '../../api/problem.js';
import { BulkRun } from './bulk-run.js';

/** Runs what is due when it is told to. */
class Timer {
  readonly due: { readonly ms: number; readonly run: () => void }[] = [];
  readonly after = (ms: number, run: () => void): (() => void) => {
    const one = { ms, run };
    this.due.push(one);
    return () => void this.due.splice(this.due.indexOf(one), 1);
  };
  next(): number {
    const one = this.due.shift();
    one?.run();
    return one?.ms ?? 0;
  }
}

function ended(run: BulkRun): Promise<void> {
  return new Promise((resolve) => {
    run.state.subscribe((state) => {
      if (state !== undefined && state.state !== 'running') resolve();
    });
  });
}

test('all are changed, and what failed is counted with its reason', async () => {
  const run = new BulkRun(new Timer().after);
  const changed: number[] = [];
  const refusals = new Map([
    [2, new ApiError('hub.busy', 503, 'the hub is busy')],
    [4, new ApiError('task.not_dead', 409, 'it is not dead')],
  ]);
  const change = async (item: number): Promise<void> => {
    const refusal = refusals.get(item);
    if (refusal !== undefined) throw refusal;
    changed.push(item);
  };
  expect(run.start({ kind: 'requeue', items: [1, 2, 3, 4, 5, 6], perMinute: 0, change })).toBe(true);
  await ended(run);
  expect(changed.toSorted()).toEqual([1, 3, 5, 6]);
  expect(run.state.value).toEqual({
    kind: 'requeue',
    state: 'done',
    total: 6,
    done: 4,
    gone: 1,
    failed: 1,
    why: 'the hub is busy',
  });
  run.dismiss();
  expect(run.state.value).toBeUndefined();
});

test('at a rate, one follows the other after a pause, and stopping ends the pause', async () => {
  const timer = new Timer();
  const changed: number[] = [];
  let tell: () => void = () => undefined;
  const change = async (item: number): Promise<void> => {
    changed.push(item);
  };
  const paused = (): Promise<void> =>
    new Promise((resolve) => {
      tell = resolve;
    });
  const run = new BulkRun((ms, next) => {
    tell();
    return timer.after(ms, next);
  });
  let pause = paused();
  run.start({ kind: 'discard', items: [1, 2, 3], perMinute: 60, change });
  expect(run.start({ kind: 'discard', items: [9], perMinute: 0, change })).toBe(false);
  await pause;
  expect(changed).toEqual([1]);
  pause = paused();
  expect(timer.next()).toBe(1_000);
  await pause;
  expect(changed).toEqual([1, 2]);
  run.stop();
  await ended(run);
  expect(changed).toEqual([1, 2]);
  expect(run.state.value).toMatchObject({ state: 'stopped', done: 2, total: 3 });
  expect(timer.due).toEqual([]);
});

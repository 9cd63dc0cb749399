// The feed: order, resuming, resync, and that no subscriber can hold up or break another.

import { expect, test } from 'vitest';
import type { Change } from '../core/change.js';
import { Feed, type FeedBatch, type Subscriber } from './feed.js';

const change = (org: string | undefined, name = 'x'): Change => ({
  org,
  at: 0,
  event: { type: 'org.created', org: name },
});

class Heard implements Subscriber {
  readonly all: string[] = [];
  changes(batch: FeedBatch): void {
    this.all.push(`${batch.seq}: ${batch.changes.map(({ org }) => org ?? '-').join(' ')}`);
  }
  resync(seq: number): void {
    this.all.push(`resync ${seq}`);
  }
}

function feed() {
  const due: (() => void)[] = [];
  const failed: unknown[] = [];
  const made = new Feed({ soon: (run) => due.push(run), onFailed: (error) => failed.push(error) });
  const turn = (): void => {
    for (const run of due.splice(0)) run();
  };
  return { feed: made, failed, turn };
}

test('a subscriber hears every batch from now on, in order, after the publishing is over', () => {
  const { feed: made, turn } = feed();
  made.publish([change('a')], 1, 0);
  const heard = new Heard();
  made.subscribe({}, heard);
  made.publish([change('a'), change('b')], 2, 0);
  made.publish([], 3, 0);
  expect(heard.all).toEqual([]);
  turn();
  expect(heard.all).toEqual(['2: a b', '3: ']);
});

test('a subscriber of one organisation hears of no other', () => {
  const { feed: made, turn } = feed();
  const heard = new Heard();
  made.subscribe({ org: 'a' }, heard);
  made.publish([change('b'), change(undefined)], 1, 0);
  made.publish([change('b'), change('a')], 2, 0);
  turn();
  expect(heard.all).toEqual(['2: a']);
});

test('a subscriber goes on after a batch that is kept, and is told to read anew after one that is not', () => {
  const { feed: made, turn } = feed();
  made.reset(10);
  made.publish([change('a')], 11, 0);
  made.publish([change('a')], 12, 0);
  const [resumed, late, future] = [new Heard(), new Heard(), new Heard()];
  made.subscribe({ after: 11 }, resumed);
  made.subscribe({ after: 9 }, late);
  made.subscribe({ after: 99 }, future);
  turn();
  expect(resumed.all).toEqual(['12: a']);
  expect(late.all).toEqual(['resync 12']);
  expect(future.all).toEqual(['resync 12']);
});

test('a state that was read again is a resync for everybody', () => {
  const { feed: made, turn } = feed();
  const heard = new Heard();
  made.subscribe({}, heard);
  made.publish([change('a')], 1, 0);
  made.reset(7);
  turn();
  made.publish([change('a')], 8, 0);
  turn();
  expect(heard.all).toEqual(['resync 7', '8: a']);
});

test('a slow subscriber gets the next batch when it is ready, and a resync when it fell out of the ring', async () => {
  const { feed: made, turn } = feed();
  const heard = new Heard();
  let ready: () => void = () => undefined;
  made.subscribe(
    {},
    {
      changes: (batch) => {
        heard.changes(batch);
        return new Promise<void>((resolve) => {
          ready = resolve;
        });
      },
      resync: (seq) => heard.resync(seq),
    },
  );
  const quick = new Heard();
  made.subscribe({}, quick);
  made.publish([change('a')], 1, 0);
  turn();
  made.publish([change('a')], 2, 0);
  turn();
  expect(heard.all).toEqual(['1: a']);
  expect(quick.all).toEqual(['1: a', '2: a']);
  const many = Array.from({ length: 20_000 }, () => change('a'));
  made.publish(many, 3, 0);
  made.publish([change('a')], 4, 0);
  ready();
  await new Promise(setImmediate);
  expect(heard.all.slice(1)).toEqual(['resync 4']);
});

test('a subscriber that throws is dropped, and the others hear on', () => {
  const { feed: made, failed, turn } = feed();
  const error = new Error('boom');
  made.subscribe(
    {},
    {
      changes: () => {
        throw error;
      },
      resync: () => undefined,
    },
  );
  const heard = new Heard();
  made.subscribe({}, heard);
  made.publish([change('a')], 1, 0);
  turn();
  made.publish([change('a')], 2, 0);
  turn();
  expect(heard.all).toEqual(['1: a', '2: a']);
  expect(failed).toEqual([error]);
});

test('a subscription ends when its owner says so, also in the middle', () => {
  const { feed: made, turn } = feed();
  const heard = new Heard();
  const end = made.subscribe(
    {},
    {
      changes: (batch) => {
        heard.changes(batch);
        end();
      },
      resync: () => undefined,
    },
  );
  made.publish([change('a')], 1, 0);
  made.publish([change('a')], 2, 0);
  turn();
  expect(heard.all).toEqual(['1: a']);
});

test('empty batches are evicted too', () => {
  const { feed: made, turn } = feed();
  for (let seq = 1; seq <= 20_000; seq++) made.publish([], seq, 0);
  const late = new Heard();
  made.subscribe({ after: 1 }, late);
  turn();
  expect(late.all).toEqual(['resync 20000']);
});

// What is pending reaches the outbox, whatever fails in between.

import type { Scheduler } from '@agentcom/schemas';
import { beforeEach, expect, test } from 'vitest';
import { Decision } from '../core/decision.js';
import { Bench } from '../core/fixture.js';
import { addChannel, alertOf } from '../core/notify/fixture.js';
import { raise } from '../core/notify/raise.js';
import { Refusal } from '../core/refusal.js';
import { Dispatcher } from './dispatcher.js';
import type { Delivery } from './ports.js';

let bench: Bench;
let dispatcher: Dispatcher;
let told: () => void;
let delivered: string[];
let failures: unknown[];
let timers: (() => void)[];
/** What happens in place of taking them. */
let onDeliver: ((deliveries: readonly Delivery[]) => Promise<void>) | undefined;
/** Whether the state can be read and changed right now. */
let leads: boolean;

const gone = () => new Refusal('hub.not_leader', 'it does not lead');

beforeEach(() => {
  bench = new Bench();
  addChannel(bench, 'phone');
  delivered = [];
  failures = [];
  timers = [];
  onDeliver = undefined;
  leads = true;
  const scheduler: Pick<Scheduler, 'after'> = {
    after: (_ms, run) => {
      timers.push(run);
      return () => {
        timers = timers.filter((one) => one !== run);
      };
    },
  };
  dispatcher = new Dispatcher({
    state: () => bench.state,
    read: async (look) => (leads ? { value: look(bench.state) } : gone()),
    execute: async (command) => (leads ? bench.take(command).reply : gone()),
    feed: {
      subscribe: (_options, { changes }) => {
        told = changes;
        return () => {
          told = () => undefined;
        };
      },
    },
    scheduler,
    deliver: async (deliveries) => {
      await onDeliver?.(deliveries);
      delivered.push(...deliveries.map(({ id }) => id));
    },
    onFailed: (error) => failures.push(error),
  });
  dispatcher.start();
});

function raised(...ids: readonly string[]): void {
  const decision = new Decision(bench.state, bench.now, { newId: () => 'id', random: () => 0 });
  for (const id of ids) raise(decision, alertOf(id));
  told();
}

/** Once everything that can go on has. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('the leader hands over what is pending, oldest first, and what comes later', async () => {
  raised('1', '2');
  await settled();
  expect(delivered).toEqual([]);
  dispatcher.onLeading();
  await settled();
  expect(delivered).toEqual(['1:c-phone', '2:c-phone']);
  expect(bench.state.notify.pending.size).toBe(0);
  raised('3');
  await settled();
  expect(delivered.at(-1)).toBe('3:c-phone');
  dispatcher.onFollowing();
  raised('4');
  await settled();
  expect(delivered).toHaveLength(3);
});

test('what comes while a page is handed over goes with the next', async () => {
  let isFirst = true;
  onDeliver = async () => {
    if (isFirst) raised('2');
    isFirst = false;
  };
  dispatcher.onLeading();
  raised('1');
  await settled();
  expect(delivered).toEqual(['1:c-phone', '2:c-phone']);
});

test('an outbox that does not take it is tried again, and the state keeps it until then', async () => {
  onDeliver = () => Promise.reject(new Error('no answer'));
  dispatcher.onLeading();
  raised('1');
  await settled();
  expect([failures.length, timers.length, bench.state.notify.pending.size]).toEqual([1, 1, 1]);
  onDeliver = undefined;
  timers.pop()?.();
  await settled();
  expect([delivered, bench.state.notify.pending.size]).toEqual([['1:c-phone'], 0]);
});

test('a hub that cannot say that the outbox has them waits before it hands them over again', async () => {
  onDeliver = async () => {
    leads = false;
  };
  dispatcher.onLeading();
  raised('1');
  await settled();
  expect([delivered, timers.length]).toEqual([['1:c-phone'], 1]);
  leads = true;
  onDeliver = undefined;
  timers.pop()?.();
  await settled();
  expect([delivered, bench.state.notify.pending.size]).toEqual([['1:c-phone', '1:c-phone'], 0]);
});

test('what nobody is told of any more leaves the state all the same', async () => {
  raised('1');
  bench.take({ type: 'notify.remove_channel', org: 'default', by: 'x', channel: 'c-phone' });
  dispatcher.onLeading();
  await settled();
  expect([delivered, bench.state.notify.pending.size]).toEqual([[], 0]);
});

test('its end waits for the page under way and leaves no timer', async () => {
  let take: () => void = () => undefined;
  onDeliver = () =>
    new Promise((resolve) => {
      take = resolve;
    });
  dispatcher.onLeading();
  raised('1');
  await settled();
  const stopped = dispatcher.stop();
  take();
  await stopped;
  expect([bench.state.notify.pending.size, timers]).toEqual([0, []]);
  raised('2');
  await settled();
  expect(delivered).toHaveLength(1);
});

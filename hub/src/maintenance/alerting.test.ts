import type { Scheduler } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import type { Condition } from '../core/alert/condition.js';
import { Refusal } from '../core/refusal.js';
import { emptyState } from '../core/state.js';
import { Alerting, type AlertingParts } from './alerting.js';

/** Time that a test moves on; what is due runs in order, with what it promises. */
class VirtualTime implements Scheduler {
  #now = 0;
  #timers: { readonly at: number; readonly run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  random(): number {
    return 0;
  }

  after(ms: number, run: () => void) {
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#now = Math.max(this.#now, due.at);
      this.#timers = this.#timers.filter((one) => one !== due);
      due.run();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#now = until;
  }
}

const FOUND = { rule: 'Watchdog', severity: 'info' } as Condition;

function bench(more: Partial<AlertingParts> = {}, outcomes: (object | Refusal)[] = []) {
  const time = new VirtualTime();
  const asked: { readonly at: number; readonly conditions: readonly Condition[] }[] = [];
  const failures: unknown[] = [];
  const alerting = new Alerting({
    shard: {
      state: emptyState(),
      now: () => 1_000_000 + time.now(),
      execute: (async (command: { readonly conditions: readonly Condition[] }) => {
        asked.push({ at: time.now(), conditions: command.conditions });
        return outcomes.shift() ?? { more: false };
      }) as AlertingParts['shard']['execute'],
    },
    scheduler: time,
    find: () => [FOUND],
    onFound: () => undefined,
    onFailed: (error) => void failures.push(error),
    ...more,
  });
  return { time, asked, failures, alerting };
}

test('the leader evaluates at once and then every so often; others do not', async () => {
  const { time, asked, alerting } = bench();
  alerting.start();
  await time.pass(60_000);
  expect(asked).toEqual([]);
  expect(alerting.evaluatedAt).toBeUndefined();
  alerting.onLeading(1);
  await time.pass(30_000);
  expect(asked.map(({ at }) => at - 60_000)).toEqual([0, 15_000, 30_000]);
  expect(asked[0]?.conditions).toEqual([FOUND]);
  expect(alerting.evaluatedAt).toBe(1_090_000);
  alerting.onFollowing();
  await time.pass(60_000);
  expect(asked).toHaveLength(3);
  expect(alerting.evaluatedAt).toBeUndefined();
  await alerting.stop();
});

test('what does not fit one decision goes on in the next, with the same', async () => {
  const { time, asked, alerting } = bench({}, [{ more: true }, { more: true }]);
  alerting.onLeading(1);
  await time.pass(1_000);
  expect(asked).toHaveLength(3);
  await alerting.stop();
});

test('a refused evaluation, and rules that throw, are not an evaluation and are tried again', async () => {
  const { time, alerting } = bench({}, [new Refusal('hub.busy', 'busy')]);
  alerting.onLeading(1);
  await time.pass(14_000);
  expect(alerting.evaluatedAt).toBe(1_000_000);
  await time.pass(1_000);
  expect(alerting.evaluatedAt).toBe(1_015_000);
  await alerting.stop();

  let throws = true;
  const find = () => {
    if (throws) throw new Error('a rule is broken');
    return [];
  };
  const broken = bench({ find });
  broken.alerting.onLeading(1);
  await broken.time.pass(60_000);
  expect(broken.alerting.evaluatedAt).toBe(1_000_000);
  expect(broken.failures.length).toBeGreaterThan(2);
  throws = false;
  await broken.time.pass(15_000);
  expect(broken.alerting.evaluatedAt).toBe(1_075_000);
  await broken.alerting.stop();
});

test('what is worth a page does not wait for its turn', async () => {
  let found: readonly Condition[] = [];
  const { time, asked, alerting } = bench({ find: () => found });
  alerting.onLeading(1);
  await time.pass(1_000);
  found = [FOUND];
  await time.pass(4_000);
  expect(asked).toHaveLength(1);
  found = [FOUND, { ...FOUND, rule: 'NoAgents', severity: 'page' }];
  await time.pass(4_000);
  expect(asked.map(({ at, conditions }) => [at, conditions.length])).toEqual([
    [0, 0],
    [8_000, 2],
  ]);
  await alerting.stop();
  await time.pass(60_000);
  expect(asked).toHaveLength(2);
});

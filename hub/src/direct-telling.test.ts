// What goes straight to channels, and what does not come late.

import { expect, test } from 'vitest';
import { Bench } from './core/fixture.js';
import { addChannel, alertOf } from './core/notify/fixture.js';
import { tellDirectly } from './direct-telling.js';
import type { Delivery, SendResult } from './notify/ports.js';
import { ManualTime } from './notify/testing.js';

const SECOND = 1_000;

function teller() {
  const bench = new Bench();
  addChannel(bench, 'phone');
  const time = new ManualTime();
  const tried: string[] = [];
  const provider = { isDown: true };
  const parts = {
    state: () => bench.state,
    outbox: {
      sendNow: async ({ notification }: Delivery): Promise<SendResult> => {
        tried.push(notification.state);
        return provider.isDown ? { kind: 'failed', why: 'no answer' } : { kind: 'sent' };
      },
    },
    scheduler: time,
    log: { warn: () => undefined, error: () => undefined },
    signal: new AbortController().signal,
    newest: new Map<string, string>(),
  };
  const tell = (id: string, state: 'open' | 'closed') => tellDirectly(alertOf(id, { group: 'g', state }), parts);
  return { time, tried, provider, tell };
}

test('what a channel does not take is tried again, a few times', async () => {
  const { time, tried, tell } = teller();
  const done = tell('1', 'open');
  await time.pass(200 * SECOND);
  await done;
  expect(tried).toEqual(Array(6).fill('open'));
});

test('what is over is not told late, when it is so again', async () => {
  const { time, tried, provider, tell } = teller();
  const closing = tell('1', 'closed');
  await time.pass(0);
  const opening = tell('2', 'open');
  provider.isDown = false;
  await time.pass(200 * SECOND);
  await Promise.all([closing, opening]);
  expect(tried.slice(1)).not.toContain('closed');
  expect(tried.at(-1)).toBe('open');
});

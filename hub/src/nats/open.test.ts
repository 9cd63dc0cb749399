// The wait for a NATS server that is not there yet, on timers of the test.

import { EventEmitter, once } from 'node:events';
import type { HubSettings } from '@agentcom/schemas';
import { recordedLog } from '@agentcom/schemas/log-testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { HubNats } from './open.js';
import { freePort } from './port.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
});
afterEach(() => vi.useRealTimers());

test('is told of after two seconds, with the reason, and again every ten, until it is given up', async () => {
  const port = await freePort();
  const said: string[] = [];
  const heard = new EventEmitter();
  const { log } = recordedLog(({ msg }) => {
    said.push(String(msg));
    heard.emit('said');
  });
  const giveUp = new AbortController();
  const settings = { nats: `nats://127.0.0.1:${port}` } as HubSettings;
  const opening = HubNats.open(settings, log, giveUp.signal).catch((error: unknown) => error);
  const words = `waiting for NATS at nats://127.0.0.1:${port} (ECONNREFUSED)`;

  vi.advanceTimersByTime(1_999);
  let saying = once(heard, 'said');
  vi.advanceTimersByTime(1);
  await saying;
  expect(said).toEqual([words]);
  for (const times of [2, 3]) {
    vi.advanceTimersByTime(9_999);
    saying = once(heard, 'said');
    vi.advanceTimersByTime(1);
    await saying;
    expect(said).toEqual(Array(times).fill(words));
  }
  giveUp.abort(new Error('enough'));
  expect(await opening).toMatchObject({ message: 'enough' });
});

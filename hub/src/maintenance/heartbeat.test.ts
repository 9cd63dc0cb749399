import { expect, onTestFinished, test } from 'vitest';
import { ManualTime } from '../audit/testing.js';
import { Heartbeat, type HeartbeatLook } from './heartbeat.js';

const SECOND = 1_000;

function bench() {
  const time = new ManualTime();
  const calls: string[] = [];
  const heartbeat = new Heartbeat({
    url: 'https://hc.example/ping/abc/',
    scheduler: time,
    call: async (url) => void calls.push(url.replace('https://hc.example/ping/abc', '') || 'well'),
  });
  onTestFinished(() => heartbeat.stop());
  heartbeat.start();
  const fresh = (): HeartbeatLook => ({
    phase: 'leading',
    now: time.now(),
    acknowledgedAt: time.now() - SECOND,
    evaluatedAt: time.now() - SECOND,
    watchdog: 'firing',
  });
  const see = (more: () => Partial<HeartbeatLook> = () => ({})) => heartbeat.watch(() => ({ ...fresh(), ...more() }));
  return { time, calls, heartbeat, see };
}

test('the start is said, then that all is well as soon as it is, and every minute', async () => {
  const { time, calls, see } = bench();
  see();
  await time.pass(6 * SECOND);
  expect(calls).toEqual(['/start', 'well']);
  await time.pass(120 * SECOND);
  expect(calls).toEqual(['/start', 'well', 'well', 'well']);
});

test.each([
  ['no append was acknowledged', { acknowledgedAt: undefined }],
  ['the last acknowledged append is old', { acknowledgedAt: 0 }],
  ['the last evaluation is old', { evaluatedAt: 0 }],
  ['the Watchdog does not fire', { watchdog: 'absent' }],
  ['it cannot lead', { phase: 'recovering' }],
] as const)('a hub says that it is not well when %s', async (_, more) => {
  const { time, calls, see } = bench();
  see(() => more as Partial<HeartbeatLook>);
  await time.pass(50 * SECOND);
  expect(calls).toEqual(['/start']);
  await time.pass(80 * SECOND);
  expect(calls).toEqual(['/start', '/fail', '/fail']);
});

test('a start that does not come to its end is not well', async () => {
  const { time, calls } = bench();
  await time.pass(65 * SECOND);
  expect(calls).toEqual(['/start', '/fail']);
});

test.each([{ phase: 'following' }, { watchdog: 'disabled' }] as const)('nothing is called with %o', async (more) => {
  const { time, calls, see } = bench();
  see(() => more);
  await time.pass(300 * SECOND);
  expect(calls).toEqual(['/start']);
});

test('its end waits for the call that is under way', async () => {
  const time = new ManualTime();
  let answer: () => void = () => undefined;
  const call = () =>
    new Promise<void>((resolve) => {
      answer = resolve;
    });
  const heartbeat = new Heartbeat({ url: 'https://hc.example/ping', scheduler: time, call });
  heartbeat.start();
  let hasEnded = false;
  const ended = heartbeat.stop().then(() => {
    hasEnded = true;
  });
  await time.pass(SECOND);
  expect(hasEnded).toBe(false);
  answer();
  await ended;
});

test('a hub that ends by itself says so', async () => {
  const { calls, heartbeat } = bench();
  await heartbeat.failed();
  expect(calls).toEqual(['/start', '/fail']);
});

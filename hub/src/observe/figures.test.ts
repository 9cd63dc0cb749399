import { expect, it } from 'vitest';
import { conditionsOf } from '../core/alert/conditions.js';
import type { ChannelFigures } from '../core/alert/figures.js';
import { MinuteTally } from '../core/alert/minute-tally.js';
import { Bench, ORG } from '../core/fixture.js';
import { type FigureSources, Figures } from './figures.js';
import { RequestWindows } from './request-windows.js';

const MINUTE = 60_000;

function hub() {
  const bench = new Bench();
  const refusedKeys = new MinuteTally();
  const throttled = new MinuteTally();
  const requests = new RequestWindows();
  const outputAt = new Map<string, number>();
  const channels: ChannelFigures[] = [];
  const disk = { directory: '/data', freeBytes: 100e9, lowBytes: 1e9, lostPerSecond: 0 };
  let elapsed = 0;
  const sources: FigureSources = {
    now: () => bench.now,
    elapsed: () => elapsed,
    state: () => bench.state,
    commitP99Ms: () => 2,
    eventLoop: { p99Ms: () => 1 },
    requests,
    disk,
    streams: { sizes: [], replicas: [] },
    snapshot: () => undefined,
    backups: () => undefined,
    certificateEndsAt: () => undefined,
    fsync: 'always',
    refusedKeys,
    throttled,
    channels: () => channels,
    clockSkewMs: () => new Map(),
    outputAt,
  };
  const figures = new Figures(sources);
  const wait = (ms: number): void => {
    bench.wait(ms);
    elapsed += ms;
  };
  const rules = () =>
    conditionsOf(figures.gather(), bench.state, bench.state.config.values, bench.now).map(({ rule }) => rule);
  return { bench, channels, figures, refusedKeys, throttled, requests, outputAt, disk, wait, rules };
}

it('lets no rule fire on a hub that is well', () => {
  const { bench, rules } = hub();
  bench.join('a');
  expect(rules()).toEqual(['Watchdog']);
});

it('says which channels fail', () => {
  const { bench, channels, rules } = hub();
  bench.join('a');
  channels.push({ org: ORG, id: 'c', name: 'on-call', failures: 3, since: bench.now });
  expect(rules()).toContain('ChannelFailing');
});

it('says who was refused and who met limits, by their names', () => {
  const { bench, figures, refusedKeys, throttled, rules } = hub();
  bench.join('a');
  const agentKeyId = [...bench.state.keys.values()].find(({ agent }) => agent === 'a')?.id ?? '';
  for (let i = 0; i < 21; i++) refusedKeys.note('203.0.113.7', bench.now);
  for (let minute = 0; minute < 10; minute++) {
    throttled.note(`${ORG} ${agentKeyId}`, bench.now);
    throttled.note(`${ORG} ${ORG}/a`, bench.now);
    throttled.note('2001:db8::/64', bench.now);
    bench.wait(MINUTE);
  }
  refusedKeys.note('203.0.113.8', bench.now);
  for (let i = 0; i < 21; i++) refusedKeys.note('203.0.113.7', bench.now);
  expect(figures.gather()).toMatchObject({
    refusedKeys: [
      { address: '203.0.113.8', count: 1 },
      { address: '203.0.113.7', count: 21 },
    ],
    throttled: [
      { org: ORG, subject: { kind: 'agent', id: 'a' }, minutes: 10 },
      { org: ORG, subject: { kind: 'agent', id: 'a' }, minutes: 10 },
      { subject: { kind: 'address', id: '2001:db8::/64' }, minutes: 10 },
    ],
  });
  expect(rules()).toEqual(['AuthFailures', 'Throttled', 'Watchdog', 'Throttled']);
});

it('sees a disk that fills up, and requests that fail', () => {
  const { bench, disk, requests, rules } = hub();
  disk.lostPerSecond = 0.2e9 / 60;
  expect(rules()).toContain('DiskWillFill');
  for (let i = 0; i < 100; i++) requests.count(i < 5 ? 500 : 200, bench.now);
  expect(rules()).toContain('ApiErrors');
});

it('says when a task last printed something, in the time of the hub', () => {
  const { bench, figures, outputAt, wait } = hub();
  bench.join('a');
  wait(3 * MINUTE);
  outputAt.set('t', 2 * MINUTE);
  const { outputAt: told, outputSince } = figures.gather();
  expect(told.get('t')).toBe(bench.now - MINUTE);
  expect(outputSince).toBe(bench.now - 3 * MINUTE);
});

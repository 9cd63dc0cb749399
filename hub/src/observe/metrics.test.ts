import { expect, it } from 'vitest';
import { emptyState } from '../core/state.js';
import { Metrics } from './metrics.js';

async function served(): Promise<string> {
  const metrics = new Metrics();
  const runner = { state: emptyState(), phase: 'leading', backlog: 0, epoch: 1, head: null, now: () => 0 } as const;
  metrics.watch({
    runner,
    sockets: () => 0,
    diskFreeBytes: () => 1,
    streams: () => [{ name: 'journal', bytes: 7 }],
    newestBackupAt: () => undefined,
  });
  metrics.countEvent('task.submitted');
  metrics.observeRun('completed', 1);
  return metrics.registry.metrics();
}

it('names counters as such and nothing else, and says of everything what it is', async () => {
  const lines = (await served()).split('\n');
  const types = new Map(
    lines.flatMap((line) => [...line.matchAll(/^# TYPE (\S+) (\S+)$/g)].map(([, name, type]) => [name, type])),
  );
  const helped = new Set(lines.flatMap((line) => /^# HELP (\S+) \S/.exec(line)?.[1] ?? []));
  expect(types.size).toBeGreaterThan(20);
  for (const [name = '', type] of types) {
    expect(name.startsWith('agentcom_')).toBe(true);
    expect(helped).toContain(name);
    expect(name.endsWith('_total'), `${name} is a ${type}`).toBe(type === 'counter');
  }
});

it('counts on from one look to the next', async () => {
  const metrics = new Metrics();
  const counted = async () =>
    (await metrics.registry.getSingleMetricAsString('agentcom_frames_total')).split('\n').slice(2);
  metrics.countFrame('hello');
  metrics.countFrame('heartbeat');
  metrics.countFrame('heartbeat');
  expect(await counted()).toEqual([
    'agentcom_frames_total{type="hello"} 1',
    'agentcom_frames_total{type="heartbeat"} 2',
  ]);
  metrics.countFrame('heartbeat');
  expect(await counted()).toEqual([
    'agentcom_frames_total{type="hello"} 1',
    'agentcom_frames_total{type="heartbeat"} 3',
  ]);
});

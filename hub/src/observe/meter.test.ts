import type { TelemetryRecord } from '@agentcom/schemas';
import { expect, it } from 'vitest';
import type { Change } from '../core/change.js';
import type { Event } from '../core/events.js';
import { Meter } from './meter.js';
import { Metrics } from './metrics.js';

const NOW = 1_000_000;

const records: readonly TelemetryRecord[] = [
  { event: 'task.submitted', org: 'acme', fields: {} },
  { event: 'task.assigned', org: 'acme', fields: { waitedMs: 250 } },
  { event: 'task.accepted', org: 'acme', fields: { waitedMs: 40 } },
  { event: 'task.completed', org: 'acme', fields: { ranMs: 3_000, totalMs: 3_290, tokens: 12, costMicros: 7 } },
  { event: 'task.attempt_failed', org: 'acme', fields: { class: 'permanent', ranMs: 1_000 } },
];
const changes = records.map(({ event, org }): Change => ({ org, at: NOW, event: { type: event } as Event }));

function metered(commitMs: number): { readonly meter: Meter; readonly metrics: Metrics } {
  const metrics = new Metrics();
  const meter = new Meter(metrics, () => NOW);
  meter.batch({ changes, commitMs });
  for (const record of records) meter.record(record, commitMs > 0);
  return { meter, metrics };
}

it('shows what became durable as rates and latencies of its organisation, and counts it for Prometheus', async () => {
  const { meter, metrics } = metered(2);
  expect(meter.perSecond('acme')).toMatchObject({
    ...{ submitted: 1 / 60, completed: 1 / 60, commits: 1 / 60, events: 5 / 60, throttled: 0 },
    failed: { permanent: 1 / 60, transient: 0 },
  });
  expect(meter.perSecond('other')).toMatchObject({ submitted: 0, completed: 0 });
  expect(meter.latencyMs('acme').submitToAssign.p50).toBeCloseTo(250, -1);
  expect(meter.latencyMs('acme').commit.p99).toBeCloseTo(2, 0);
  expect(meter.commitP99Ms()).toBeCloseTo(2, 0);
  const shown = await metrics.registry.metrics();
  expect(shown).toContain('agentcom_events_total{type="task.assigned"} 1');
  expect(shown).toContain('agentcom_attempt_seconds_sum{outcome="completed"} 3');
  expect(shown).toContain('agentcom_attempt_seconds_sum{outcome="permanent"} 1');
  expect(shown).toContain('agentcom_accept_seconds_sum 0.04');
  expect(shown).toContain('agentcom_task_seconds_sum 3.29');
  expect(shown).toMatch(/^agentcom_tokens_total 12$/m);
  expect(shown).toMatch(/^agentcom_cost_micros_total 7$/m);
  expect(shown).toContain('agentcom_commits_total 1');
});

it('leaves what another hub appended to the Prometheus figures of that hub', async () => {
  const { meter, metrics } = metered(0);
  expect(meter.perSecond('acme').completed).toBe(1 / 60);
  expect(meter.latencyMs('acme').commit).toEqual({});
  const shown = await metrics.registry.metrics();
  expect(shown).not.toContain('agentcom_events_total{');
  expect(shown).toContain('agentcom_commits_total 0');
});

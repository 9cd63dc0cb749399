// What sees all that a hub does, and is told by every part.

import { systemScheduler } from '@agentcom/schemas/host';
import { openTracer } from '@agentcom/schemas/tracing/tracer';
import { Audit } from './audit/audit.js';
import { Clock, systemClock } from './coordinator/clock.js';
import { HUB_ORG } from './core/access/access.js';
import type { State } from './core/state.js';
import { AgentRegistry } from './gateway/agent/registry.js';
import type { HubOptions, Self } from './life.js';
import { heartbeatLog } from './observe/heartbeat-log.js';
import { Meter } from './observe/meter.js';
import { Metrics } from './observe/metrics.js';
import { Telemetry } from './observe/telemetry.js';
import { TelemetryLog } from './observe/telemetry-log.js';
import { Traces } from './observe/traces.js';
import type { Shutdown } from './shutdown.js';
import type { Store } from './store.js';
import { VERSION } from './version.js';

/** One write: what the requests of the last moments did. */
const AUDIT_STOP_MS = 300;
interface Observed {
  readonly options: HubOptions;
  readonly self: Pick<Self, 'hub' | 'log'>;
  readonly shutdown: Shutdown;
  readonly store: Store;
  readonly state: () => State;
}

/** Builds what sees all that the hub does: figures, traces, the audit log, and who is connected. */
export async function observing({ options: { logs }, self: { hub, log: whole }, shutdown, store, state }: Observed) {
  const log = whole.child({ component: 'hub' });
  const clock = new Clock(systemClock);
  const tracer = await openTracer(process.env, {
    ...{ service: 'agentcom-hub', version: VERSION },
    onFailed: (error) => log.warn({ err: error }, 'traces cannot be sent; they are dropped until they can'),
  });
  if (tracer !== undefined) shutdown.add('traces', () => tracer.close());
  const traces = tracer && new Traces({ tracer, now: () => clock.now(), wall: Date.now });
  const metrics = new Metrics();
  const securityLog = whole.child({ component: 'security' });
  const audit = new Audit({
    records: store.audit,
    scheduler: systemScheduler,
    now: () => clock.now(),
    hubOrg: HUB_ORG,
    log: (level, fields, text) => securityLog[level](fields, text),
    onFailed: (error, isFirst) => {
      metrics.auditFailures.inc();
      if (isFirst) log.error({ err: error }, 'the audit log cannot be written; retrying');
    },
    onOmitted: () => metrics.auditOmitted.inc(),
  });
  shutdown.own('audit', audit, AUDIT_STOP_MS);
  const sockets = whole.child({ component: 'sockets' });
  const registry = new AgentRegistry({
    scheduler: systemScheduler,
    now: () => clock.now(),
    metrics,
    audit,
    onHeartbeat: heartbeatLog(sockets, Date.now),
    onTraced: traces && ((...report) => traces.reported(...report)),
    onFailed: (error, what, { org, agent }) => sockets.child({ org, agentId: agent }).error({ err: error }, what),
  });
  const meter = new Meter(metrics, () => clock.now());
  const telemetry = new Telemetry({ log: new TelemetryLog({ ...logs, log: whole }, hub), meter, now: Date.now, state });
  return { clock, tracer, traces, metrics, audit, registry, meter, telemetry };
}

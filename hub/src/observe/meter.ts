// Turns telemetry events into counters, and into the latencies and rates that `GET /stats` shows of an organisation.

import { FAILURE_CLASSES, type FailureClass, type Stats, type TelemetryRecord } from '@agentcom/schemas';
import { Latencies } from './latencies.js';
import type { Metrics } from './metrics.js';
import type { DurableBatch } from './telemetry.js';

const RATE_SECONDS = 60;

/** How often something happened in the last minute, counted by second. */
class Rate {
  readonly #seconds = new Map<number, number>();

  add(now: number, count = 1): void {
    const second = Math.floor(now / 1000);
    this.#seconds.set(second, (this.#seconds.get(second) ?? 0) + count);
    for (const old of this.#seconds.keys()) {
      if (old > second - RATE_SECONDS) break;
      this.#seconds.delete(old);
    }
  }

  perSecond(now: number): number {
    const from = Math.floor(now / 1000) - RATE_SECONDS;
    let sum = 0;
    for (const [second, count] of this.#seconds) if (second > from) sum += count;
    return sum / RATE_SECONDS;
  }
}

class OrgMeter {
  readonly submitToAssign = new Latencies();
  readonly assignToAccept = new Latencies();
  readonly run = new Latencies();
  readonly endToEnd = new Latencies();
  readonly submitted = new Rate();
  readonly completed = new Rate();
  readonly throttled = new Rate();
  readonly failed = new Map<string, Rate>();

  failedOf(failure: string): Rate {
    const rate = this.failed.get(failure) ?? new Rate();
    this.failed.set(failure, rate);
    return rate;
  }
}

export class Meter {
  readonly #metrics: Metrics;
  readonly #now: () => number;
  readonly #orgs = new Map<string, OrgMeter>();
  readonly #commit = new Latencies();
  readonly #commits = new Rate();
  readonly #events = new Rate();

  /** `now` is the hub's own time, ms. */
  constructor(metrics: Metrics, now: () => number) {
    this.#metrics = metrics;
    this.#now = now;
  }

  /** Prometheus is told by the hub that appended the batch alone, so that figures of several hubs can be added up. */
  batch({ changes, commitMs }: DurableBatch): void {
    const now = this.#now();
    const isOwn = commitMs > 0;
    if (isOwn) {
      this.#metrics.commits.inc();
      this.#metrics.commitSeconds.observe(commitMs / 1000);
      this.#commit.add(commitMs, now);
    }
    this.#commits.add(now);
    this.#events.add(now, changes.length);
    if (isOwn) for (const { event } of changes) this.#metrics.countEvent(event.type);
  }

  latencyMs(org: string): NonNullable<Stats['latencyMs']> {
    const now = this.#now();
    const { submitToAssign, assignToAccept, run, endToEnd } = this.#org(org);
    return {
      submitToAssign: submitToAssign.percentiles(now),
      assignToAccept: assignToAccept.percentiles(now),
      run: run.percentiles(now),
      endToEnd: endToEnd.percentiles(now),
      commit: this.#commit.percentiles(now),
    };
  }

  /** Of the last minute or two; undefined when nothing was committed. */
  commitP99Ms(): number | undefined {
    return this.#commit.percentiles(this.#now()).p99;
  }

  perSecond(org: string): NonNullable<Stats['perSecond']> {
    const now = this.#now();
    const { submitted, completed, throttled, failed } = this.#org(org);
    const ofClass = FAILURE_CLASSES.map((name) => [name, failed.get(name)?.perSecond(now) ?? 0]);
    return {
      submitted: submitted.perSecond(now),
      completed: completed.perSecond(now),
      failed: Object.fromEntries(ofClass) as Record<FailureClass, number>,
      throttled: throttled.perSecond(now),
      commits: this.#commits.perSecond(now),
      events: this.#events.perSecond(now),
    };
  }

  /** Prometheus is told by the hub alone to which it happened, so that figures of several hubs can be added up. */
  record(record: TelemetryRecord, isOwn: boolean): void {
    const now = this.#now();
    const { org } = record;
    if (org !== undefined) recordOf(this.#org(org), record, now);
    if (isOwn) countIn(this.#metrics, record);
  }

  #org(name: string): OrgMeter {
    let meter = this.#orgs.get(name);
    if (meter === undefined) {
      meter = new OrgMeter();
      this.#orgs.set(name, meter);
    }
    return meter;
  }
}

/** What `GET /stats` shows. */
function recordOf(meter: OrgMeter, { event, fields }: TelemetryRecord, now: number): void {
  switch (event) {
    case 'task.submitted':
      return meter.submitted.add(now);
    case 'task.assigned':
      return addTo(meter.submitToAssign, fields.waitedMs, now);
    case 'task.accepted':
      return addTo(meter.assignToAccept, fields.waitedMs, now);
    case 'task.completed':
      addTo(meter.run, fields.ranMs, now);
      addTo(meter.endToEnd, fields.totalMs, now);
      return meter.completed.add(now);
    case 'task.attempt_failed':
      addTo(meter.run, fields.ranMs, now);
      return meter.failedOf(fields.class ?? '').add(now);
    case 'throttled':
      return meter.throttled.add(now);
  }
}

function addTo(latencies: Latencies, ms: number | undefined, now: number): void {
  if (ms !== undefined) latencies.add(ms, now);
}

/** What Prometheus reads. */
function countIn(metrics: Metrics, { event, fields }: TelemetryRecord): void {
  switch (event) {
    case 'task.assigned':
      return metrics.assignSeconds.observe((fields.waitedMs ?? 0) / 1000);
    case 'task.accepted':
      if (fields.waitedMs !== undefined) metrics.acceptSeconds.observe(fields.waitedMs / 1000);
      return;
    case 'task.completed':
      metrics.observeRun('completed', (fields.ranMs ?? 0) / 1000);
      metrics.taskSeconds.observe((fields.totalMs ?? 0) / 1000);
      if (fields.tokens !== undefined) metrics.tokens.inc(fields.tokens);
      if (fields.costMicros !== undefined) metrics.costMicros.inc(fields.costMicros);
      return;
    case 'task.attempt_failed':
      return metrics.observeRun(fields.class ?? 'unknown', (fields.ranMs ?? 0) / 1000);
    case 'task.dead':
      return metrics.deadLetters.inc({ cause: fields.cause ?? 'unknown' });
    case 'agent.flapped':
      return metrics.flaps.inc();
    case 'backup.made':
    case 'backup.failed':
      return metrics.backups.inc({ outcome: event === 'backup.made' ? 'made' : 'failed' });
    case 'throttled':
      return metrics.countThrottled(fields.rule ?? 'unknown', fields.effect ?? 'refused');
  }
}

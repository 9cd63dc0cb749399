// Turns telemetry events into counters, and into the latencies and rates that `GET /stats` shows of an organisation.

import type { Stats, TelemetryRecord } from '@agentcom/schemas';
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
  readonly submitted = new Rate();
  readonly completed = new Rate();
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
    return { submitToAssign: this.#org(org).submitToAssign.percentiles(now), commit: this.#commit.percentiles(now) };
  }

  /** Of the last minute or two; undefined when nothing was committed. */
  commitP99Ms(): number | undefined {
    return this.#commit.percentiles(this.#now()).p99;
  }

  perSecond(org: string): NonNullable<Stats['perSecond']> {
    const now = this.#now();
    const { submitted, completed } = this.#org(org);
    return {
      submitted: submitted.perSecond(now),
      completed: completed.perSecond(now),
      commits: this.#commits.perSecond(now),
      events: this.#events.perSecond(now),
    };
  }

  record({ event, org = '', fields }: TelemetryRecord, isOwn: boolean): void {
    const now = this.#now();
    switch (event) {
      case 'task.submitted':
        return this.#org(org).submitted.add(now);
      case 'task.assigned': {
        const { waitedMs = 0 } = fields;
        if (isOwn) this.#metrics.assignSeconds.observe(waitedMs / 1000);
        return this.#org(org).submitToAssign.add(waitedMs, now);
      }
      case 'task.completed': {
        if (isOwn) this.#metrics.observeRun('completed', (fields.ranMs ?? 0) / 1000);
        return this.#org(org).completed.add(now);
      }
      case 'task.attempt_failed':
        if (isOwn) this.#metrics.observeRun(fields.class ?? 'unknown', (fields.ranMs ?? 0) / 1000);
    }
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

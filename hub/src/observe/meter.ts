// Turns durable events into counters, and into the latencies and rates that `GET /stats` shows of an organisation.

import type { Stats } from '@agentcom/schemas';
import type { Event } from '../core/events.js';
import type { State } from '../core/state.js';
import type { Task } from '../core/task/task.js';
import type { Metrics } from './metrics.js';

const SAMPLES = 1_000;
const RATE_SECONDS = 60;

/** The newest samples, in a ring. */
class Samples {
  readonly #ring: number[] = [];
  #next = 0;

  add(ms: number): void {
    this.#ring[this.#next] = ms;
    this.#next = (this.#next + 1) % SAMPLES;
  }

  percentiles(): { p50?: number; p95?: number; p99?: number } {
    if (this.#ring.length === 0) return {};
    const sorted = [...this.#ring].sort((a, b) => a - b);
    const at = (part: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] as number;
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }
}

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
  readonly submitToAssign = new Samples();
  readonly submitted = new Rate();
  readonly completed = new Rate();
}

export class Meter {
  readonly #metrics: Metrics;
  readonly #orgs = new Map<string, OrgMeter>();
  readonly #commit = new Samples();
  readonly #commits = new Rate();
  readonly #events = new Rate();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** `events` became durable at `now`, `ms` after their append began. */
  committed(events: readonly Event[], ms: number, state: State, now: number): void {
    this.#metrics.commits.inc();
    this.#metrics.commitSeconds.observe(ms / 1000);
    this.#commit.add(ms);
    this.#commits.add(now);
    this.#events.add(now, events.length);
    const byType = new Map<string, number>();
    for (const event of events) {
      byType.set(event.type, (byType.get(event.type) ?? 0) + 1);
      const task = 'task' in event ? state.tasks.get(event.task) : undefined;
      if (task !== undefined) this.#countTask(event, task, now);
    }
    for (const [type, count] of byType) this.#metrics.events.inc({ type }, count);
  }

  latencyMs(org: string): Stats['latencyMs'] {
    return { submitToAssign: this.#org(org).submitToAssign.percentiles(), commit: this.#commit.percentiles() };
  }

  perSecond(org: string, now: number): Stats['perSecond'] {
    const { submitted, completed } = this.#org(org);
    return {
      submitted: submitted.perSecond(now),
      completed: completed.perSecond(now),
      commits: this.#commits.perSecond(now),
      events: this.#events.perSecond(now),
    };
  }

  #countTask(event: Event, task: Task, now: number): void {
    const org = this.#org(task.org);
    switch (event.type) {
      case 'task.submitted':
        return org.submitted.add(now);
      case 'task.assigned': {
        const waited = Math.max(0, now - task.queuedAt);
        this.#metrics.assignSeconds.observe(waited / 1000);
        return org.submitToAssign.add(waited);
      }
      case 'task.completed':
      case 'task.attempt_failed': {
        const outcome = event.type === 'task.completed' ? 'completed' : event.error.class;
        const startedAt = task.attemptLog?.at(-1)?.startedAt ?? now;
        this.#metrics.runSeconds.observe({ outcome }, Math.max(0, now - startedAt) / 1000);
        if (outcome === 'completed') org.completed.add(now);
        return;
      }
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

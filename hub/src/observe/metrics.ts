// What Prometheus reads. Counters move when things become durable; gauges are read from the state when they are asked for.

import {
  AGENT_STATES,
  LANES,
  METRICS,
  type Metric,
  type MetricLabels,
  type MetricName,
  type MetricOf,
  TASK_STATES,
} from '@agentcom/schemas';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { JournalHead, LeadershipPhase } from '../coordinator/ports.js';
import { agentState } from '../core/agent/view.js';
import type { State } from '../core/state.js';
import { RequestWindows } from './request-windows.js';

/** 0.25 ms to 8 s, each twice the last. */
const SECONDS = Array.from({ length: 16 }, (_, i) => 0.00025 * 2 ** i);
/** How long agents work, and tasks take. */
const LONG_SECONDS = [1, 5, 15, 60, 300, 900, 3600, 7200, 21600];
/** What waits for an agent may wait for a day. */
const WAIT_SECONDS = [...SECONDS, 30, 120, 600, 3600, 28_800, 86_400];

/** Gauges that are named as counters; what they sum up is there by type. */
const MISNAMED = ['handles', 'requests', 'resources'].map((what) => `agentcom_nodejs_active_${what}_total`);

export interface Watched {
  readonly runner: {
    readonly state: State;
    readonly phase: LeadershipPhase;
    readonly backlog: number;
    readonly epoch: number;
    readonly head: JournalHead | null;
    now(): number;
  };
  readonly sockets: () => number;
  readonly diskFreeBytes: () => number;
  /** Empty while they have not been looked at. */
  readonly streams: () => readonly { readonly name: string; readonly bytes: number }[];
  /** ms; undefined without one. */
  readonly newestBackupAt: () => number | undefined;
}

export class Metrics {
  readonly requests = new RequestWindows();
  readonly registry = new Registry();
  readonly commits = this.#counter('agentcom_commits_total');
  readonly countEvent = this.#tally('agentcom_events_total', 'type');
  readonly commitSeconds = this.#histogram('agentcom_commit_seconds', SECONDS);
  readonly assignSeconds = this.#histogram('agentcom_assign_seconds', WAIT_SECONDS);
  readonly acceptSeconds = this.#histogram('agentcom_accept_seconds', SECONDS);
  readonly taskSeconds = this.#histogram('agentcom_task_seconds', LONG_SECONDS);
  readonly deadLetters = this.#counter('agentcom_dead_letters_total');
  readonly tokens = this.#counter('agentcom_tokens_total');
  readonly costMicros = this.#counter('agentcom_cost_micros_total');
  readonly flaps = this.#counter('agentcom_agent_flaps_total');
  readonly backups = this.#counter('agentcom_backups_total');
  readonly countFrame = this.#tally('agentcom_frames_total', 'type');
  readonly refusals = this.#counter('agentcom_refusals_total');
  readonly requestSeconds = this.#histogram('agentcom_http_request_seconds', SECONDS);
  readonly socketsClosed = this.#counter('agentcom_sockets_closed_total');
  readonly auditOmitted = this.#counter('agentcom_audit_omitted_total');
  readonly auditFailures = this.#counter('agentcom_audit_failures_total');

  readonly #throttled = this.#counter('agentcom_throttled_total');
  readonly #throttledBy = new Map<string, { inc(): void }>();
  readonly #runSeconds = this.#histogram('agentcom_attempt_seconds', LONG_SECONDS);
  readonly #runsByOutcome = new Map<string, { observe(seconds: number): void }>();

  constructor() {
    collectDefaultMetrics({ register: this.registry, prefix: 'agentcom_' });
    for (const name of MISNAMED) this.registry.removeSingleMetric(name);
  }

  countThrottled(rule: string, effect: string): void {
    boundTo(this.#throttledBy, `${rule} ${effect}`, () => this.#throttled.labels({ rule, effect })).inc();
  }

  observeRun(outcome: string, seconds: number): void {
    boundTo(this.#runsByOutcome, outcome, () => this.#runSeconds.labels({ outcome })).observe(seconds);
  }

  /** Call once: from then on the gauges show what `watched` says when they are asked for. */
  watch({ runner, sockets, diskFreeBytes, streams, newestBackupAt }: Watched): void {
    this.#gauge('agentcom_queue_tasks', (gauge) => {
      const depths = LANES.map(() => 0);
      for (const org of runner.state.orgs.keys()) {
        for (const [i, depth] of runner.state.matching.depths(org).entries()) depths[i] = (depths[i] ?? 0) + depth;
      }
      for (const [i, lane] of LANES.entries()) gauge.set({ lane }, depths[i] ?? 0);
    });
    this.#gauge('agentcom_queue_oldest_seconds', (gauge) => {
      const now = runner.now();
      const waits = LANES.map(() => 0);
      for (const org of runner.state.orgs.keys()) {
        for (const [i, since] of runner.state.matching.oldest(org).entries())
          waits[i] = Math.max(waits[i] ?? 0, since === undefined ? 0 : now - since);
      }
      for (const [i, lane] of LANES.entries()) gauge.set({ lane }, (waits[i] ?? 0) / 1000);
    });
    this.#gauge('agentcom_tasks', (gauge) => {
      const counts = runner.state.taskIndex.counts();
      for (const state of TASK_STATES) gauge.set({ state }, counts[state]);
    });
    this.#gauge('agentcom_agents', (gauge) => {
      const counts = new Map<string, number>();
      for (const agent of runner.state.agents.values()) {
        const state = agentState(runner.state, agent);
        counts.set(state, (counts.get(state) ?? 0) + 1);
      }
      for (const state of AGENT_STATES) gauge.set({ state }, counts.get(state) ?? 0);
    });
    this.#gauge('agentcom_agents_unfit', (gauge) => {
      gauge.set([...runner.state.agents.values()].filter(({ unfit }) => unfit !== undefined).length);
    });
    this.#gauge('agentcom_agents_draining', (gauge) => {
      gauge.set([...runner.state.agents.values()].filter(({ draining }) => draining).length);
    });
    this.#gauge('agentcom_sockets', (gauge) => gauge.set(sockets()));
    this.#gauge('agentcom_inbox_commands', (gauge) => gauge.set(runner.backlog));
    this.#gauge('agentcom_leading', (gauge) => gauge.set(runner.phase === 'leading' ? 1 : 0));
    this.#gauge('agentcom_journal_sequence', (gauge) => gauge.set(runner.head?.seq ?? 0));
    this.#gauge('agentcom_epoch', (gauge) => gauge.set(runner.epoch));
    this.#gauge('agentcom_disk_free_bytes', (gauge) => gauge.set(diskFreeBytes()));
    this.#gauge('agentcom_stream_bytes', (gauge) => {
      for (const { name, bytes } of streams()) gauge.set({ stream: name }, bytes);
    });
    this.#gauge('agentcom_backup_newest_seconds', (gauge) => {
      const at = newestBackupAt();
      if (at === undefined) gauge.remove();
      else gauge.set(at / 1000);
    });
  }

  #counter<Name extends MetricOf<'counter'>>(name: Name): Counter<MetricLabels<Name>> {
    return new Counter({ ...this.#described(name) });
  }

  /** For what happens many times with each task: a count of prom-client's takes longer than one of a map. */
  #tally(name: MetricOf<'counter'>, label: string): (value: string) => void {
    const counts = new Map<string, number>();
    const collect = (): void => {
      for (const [value, count] of counts) counter.inc({ [label]: value }, count);
      counts.clear();
    };
    const counter: Counter<string> = new Counter({ ...this.#described<string>(name), collect });
    return (value) => void counts.set(value, (counts.get(value) ?? 0) + 1);
  }

  #histogram<Name extends MetricOf<'histogram'>>(name: Name, buckets: number[]): Histogram<MetricLabels<Name>> {
    return new Histogram({ ...this.#described(name), buckets });
  }

  #gauge<Name extends MetricOf<'gauge'>>(name: Name, read: (gauge: Gauge<MetricLabels<Name>>) => void): void {
    const gauge: Gauge<MetricLabels<Name>> = new Gauge({ ...this.#described(name), collect: () => read(gauge) });
  }

  #described<Label extends string>(name: MetricName) {
    const { help, labels = [] }: Metric = METRICS[name];
    return { name, help, labelNames: labels as readonly Label[], registers: [this.registry] };
  }
}

/** Labels are checked and looked up once for each value that they take. */
function boundTo<T>(bound: Map<string, T>, label: string, bind: () => T): T {
  let child = bound.get(label);
  if (child === undefined) {
    child = bind();
    bound.set(label, child);
  }
  return child;
}

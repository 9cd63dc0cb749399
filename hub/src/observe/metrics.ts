// What Prometheus reads. Counters move when things become durable; gauges are read from the state when they are asked for.

import { AGENT_STATES, LANES, TASK_STATES } from '@agentcom/schemas';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { JournalHead, LeadershipPhase } from '../coordinator/ports.js';
import { agentState } from '../core/agent/view.js';
import type { State } from '../core/state.js';
import { RequestWindows } from './request-windows.js';

/** 0.25 ms to 8 s, each twice the last. */
const SECONDS = Array.from({ length: 16 }, (_, i) => 0.00025 * 2 ** i);

/** Gauges that are named as counters; what they sum up is there by type. */
const MISNAMED = ['handles', 'requests', 'resources'].map((what) => `agentcom_nodejs_active_${what}_total`);

export interface Watched {
  readonly runner: {
    readonly state: State;
    readonly phase: LeadershipPhase;
    readonly backlog: number;
    readonly epoch: number;
    readonly head: JournalHead | null;
  };
  readonly sockets: () => number;
  readonly diskFreeBytes: () => number;
}

export class Metrics {
  readonly requests = new RequestWindows();
  readonly registry = new Registry();
  readonly commits = this.#counter('agentcom_commits_total', 'Batches made durable in the journal.');
  readonly countEvent = this.#tally('agentcom_events_total', 'Events made durable in the journal, by type.', 'type');
  readonly commitSeconds = this.#histogram(
    'agentcom_commit_seconds',
    'From the start of an append to its acknowledgement.',
  );
  readonly assignSeconds = this.#histogram('agentcom_assign_seconds', 'From the time a task is queued to its offer.');
  readonly #runSeconds = new Histogram({
    name: 'agentcom_attempt_seconds',
    help: 'From an accept to the end of the attempt, by outcome.',
    labelNames: ['outcome'],
    buckets: [1, 5, 15, 60, 300, 900, 3600, 7200, 21600],
    registers: [this.registry],
  });
  readonly countFrame = this.#tally('agentcom_frames_total', 'Frames received from sidecars, by type.', 'type');
  readonly refusals = this.#counter('agentcom_refusals_total', 'Commands and requests refused, by code.', ['code']);
  readonly requestSeconds = new Histogram({
    name: 'agentcom_http_request_seconds',
    help: 'HTTP requests by route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers: [this.registry],
  });
  readonly socketsClosed = this.#counter('agentcom_sockets_closed_total', 'Agent sockets closed, by close code.', [
    'code',
  ]);

  readonly auditOmitted = this.#counter(
    'agentcom_audit_omitted_total',
    'Entries left out of the audit log because too many could not be stored.',
  );
  readonly auditFailures = this.#counter('agentcom_audit_failures_total', 'Failed writes of the audit log.');

  readonly #runsByOutcome = new Map<string, { observe(seconds: number): void }>();

  constructor() {
    collectDefaultMetrics({ register: this.registry, prefix: 'agentcom_' });
    for (const name of MISNAMED) this.registry.removeSingleMetric(name);
  }

  observeRun(outcome: string, seconds: number): void {
    boundTo(this.#runsByOutcome, outcome, () => this.#runSeconds.labels({ outcome })).observe(seconds);
  }

  /** Call once: from then on the gauges show what `watched` says when they are asked for. */
  watch({ runner, sockets, diskFreeBytes }: Watched): void {
    this.#gauge('agentcom_queue_tasks', 'Queued tasks by lane.', ['lane'], (gauge) => {
      const depths = LANES.map(() => 0);
      for (const org of runner.state.orgs.keys()) {
        for (const [i, depth] of runner.state.matching.depths(org).entries()) depths[i] = (depths[i] ?? 0) + depth;
      }
      for (const [i, lane] of LANES.entries()) gauge.set({ lane }, depths[i] ?? 0);
    });
    this.#gauge('agentcom_tasks', 'Tasks in memory by state.', ['state'], (gauge) => {
      const counts = runner.state.taskIndex.counts();
      for (const state of TASK_STATES) gauge.set({ state }, counts[state]);
    });
    this.#gauge('agentcom_agents', 'Agents by state.', ['state'], (gauge) => {
      const counts = new Map<string, number>();
      for (const agent of runner.state.agents.values()) {
        const state = agentState(runner.state, agent);
        counts.set(state, (counts.get(state) ?? 0) + 1);
      }
      for (const state of AGENT_STATES) gauge.set({ state }, counts.get(state) ?? 0);
    });
    this.#gauge('agentcom_agents_unfit', 'Agents held back because their machine cannot start work.', [], (gauge) => {
      gauge.set([...runner.state.agents.values()].filter(({ unfit }) => unfit !== undefined).length);
    });
    this.#gauge('agentcom_sockets', 'Open agent sockets.', [], (gauge) => gauge.set(sockets()));
    this.#gauge('agentcom_inbox_commands', 'Commands that wait for room in a batch.', [], (gauge) =>
      gauge.set(runner.backlog),
    );
    this.#gauge('agentcom_leading', '1 while this hub leads.', [], (gauge) =>
      gauge.set(runner.phase === 'leading' ? 1 : 0),
    );
    this.#gauge('agentcom_journal_sequence', 'Sequence of the last acknowledged batch.', [], (gauge) =>
      gauge.set(runner.head?.seq ?? 0),
    );
    this.#gauge('agentcom_epoch', 'Epoch of the leadership last seen.', [], (gauge) => gauge.set(runner.epoch));
    this.#gauge('agentcom_disk_free_bytes', 'Free bytes where the data directory is.', [], (gauge) =>
      gauge.set(diskFreeBytes()),
    );
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[] = []): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  /** For what happens many times with each task: a count of prom-client's takes longer than one of a map. */
  #tally(name: string, help: string, label: string): (value: string) => void {
    const counts = new Map<string, number>();
    const collect = (): void => {
      for (const [value, count] of counts) counter.inc({ [label]: value }, count);
      counts.clear();
    };
    const counter = new Counter({ name, help, labelNames: [label], registers: [this.registry], collect });
    return (value) => void counts.set(value, (counts.get(value) ?? 0) + 1);
  }

  #histogram(name: string, help: string): Histogram {
    return new Histogram({ name, help, buckets: SECONDS, registers: [this.registry] });
  }

  #gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    read: (gauge: Gauge<Label>) => void,
  ): void {
    const gauge: Gauge<Label> = new Gauge({
      name,
      help,
      labelNames,
      registers: [this.registry],
      collect: () => read(gauge),
    });
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

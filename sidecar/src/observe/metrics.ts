// What Prometheus reads from a sidecar. Nothing in it names a task.

import type { Counter, Gauge, Registry } from 'prom-client';
import { type Job, PHASES } from '../core/job-model.js';

export interface Watched {
  readonly isLinked: () => boolean;
  readonly job: () => Job | null;
}

type CounterOf = Counter<string>;
type GaugeOf = Gauge<string>;

const IDLE = 'idle';
/** Phases whose work succeeds or fails on its own account. */
const JUDGED = { verifying: 'verify', pushing: 'push', requesting: 'request' } as const;

const PREFIX = 'agentcom_sidecar_';

type Labels = Readonly<Record<string, string>>;

/** A figure that only grows, by its labels. Kept here, so that prom-client is loaded only where somebody reads. */
class Tally {
  readonly #counts = new Map<string, { readonly labels: Labels; value: number }>();

  constructor(
    readonly name: string,
    readonly help: string,
    readonly labelNames: readonly string[] = [],
  ) {
    if (labelNames.length === 0) this.inc({}, 0);
  }

  inc(labels: Labels = {}, by = 1): void {
    const key = JSON.stringify(labels);
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { labels, value: by });
    else known.value += by;
  }

  get counts() {
    return this.#counts.values();
  }
}

export class Metrics {
  readonly links = new Tally('links_total', 'Times that the hub has welcomed this sidecar.');
  readonly outputSent = new Tally('output_sent_bytes_total', 'Output of agents that was sent to the hub.');
  readonly outputLeftOut = new Tally('output_left_out_bytes_total', 'Output that was left out, about.');
  readonly messages = new Tally('messages_total', 'Messages received for the agent.');
  readonly #turns = new Tally('turns_total', 'Processes of agents that were begun, by kind.', ['runner']);
  readonly #steps = new Tally('steps_total', 'Verifications, pushes and requests, by outcome.', ['step', 'outcome']);
  readonly #attempts = new Tally('attempts_total', 'Attempts that ended, by outcome.', ['outcome']);
  readonly #watched: Watched;
  #registry: Promise<Registry> | undefined;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  /** As Prometheus reads it. */
  async read(): Promise<{ readonly contentType: string; readonly text: string }> {
    this.#registry ??= this.#makeRegistry();
    const registry = await this.#registry;
    return { contentType: registry.contentType, text: await registry.metrics() };
  }

  /** Counts what has become of the job; null before it was taken, and once it is over. */
  changed(before: Job | null, after: Job | null): void {
    if (before === null) return;
    if (after === null) return this.#attempts.inc({ outcome: outcomeOf(before) });
    if (after.turn.number > before.turn.number) this.#turns.inc({ runner: after.runner.kind });
    if (before.phase === after.phase || !(before.phase in JUDGED)) return;
    const step = JUDGED[before.phase as keyof typeof JUDGED];
    if (after.phase !== 'stopping') this.#steps.inc({ step, outcome: after.failure === null ? 'ok' : 'failed' });
  }

  async #makeRegistry(): Promise<Registry> {
    // A CommonJS package: bundled, it has no other export than this.
    const { Counter, collectDefaultMetrics, Gauge, Registry } = (await import('prom-client')).default;
    const registry = new Registry();
    const registers = [registry];
    collectDefaultMetrics({ register: registry, prefix: PREFIX });
    // Gauges that are named as counters; what they sum up is there by type.
    for (const what of ['handles', 'requests', 'resources'])
      registry.removeSingleMetric(`${PREFIX}nodejs_active_${what}_total`);
    for (const tally of this.#tallies) {
      const { name, help, labelNames } = tally;
      const counter: CounterOf = new Counter({
        ...{ name: PREFIX + name, help, labelNames: [...labelNames], registers },
        collect: () => {
          counter.reset();
          for (const { labels, value } of tally.counts) counter.inc(labels, value);
        },
      });
    }
    const gauge = (name: string, help: string, labelNames: string[], read: (gauge: GaugeOf) => void): void => {
      const made: GaugeOf = new Gauge({ name: PREFIX + name, help, labelNames, registers, collect: () => read(made) });
    };
    const { isLinked, job } = this.#watched;
    gauge('linked', '1 while there is a link to the hub.', [], (made) => made.set(isLinked() ? 1 : 0));
    gauge('phase', '1 for what is being done with the task in hand.', ['phase'], (made) => {
      const present = job()?.phase ?? IDLE;
      for (const phase of [IDLE, ...PHASES]) made.set({ phase }, phase === present ? 1 : 0);
    });
    gauge('reports_waiting', 'Reports that the hub has not answered.', [], (made) =>
      made.set(job()?.outbox.reports.length ?? 0),
    );
    return registry;
  }

  get #tallies(): readonly Tally[] {
    return [this.links, this.outputSent, this.outputLeftOut, this.messages, this.#turns, this.#steps, this.#attempts];
  }
}

function outcomeOf({ phase, failure }: Job): string {
  if (phase !== 'reporting') return 'stopped';
  return failure === null ? 'completed' : failure.class;
}

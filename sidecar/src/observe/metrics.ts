// What Prometheus reads from a sidecar. Nothing in it names a task.

import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { type Job, PHASES } from '../core/job-model.js';

export interface Watched {
  readonly isLinked: () => boolean;
  readonly job: () => Job | null;
}

const IDLE = 'idle';
/** Phases whose work succeeds or fails on its own account. */
const JUDGED = { verifying: 'verify', pushing: 'push', requesting: 'request' } as const;

export class Metrics {
  readonly registry = new Registry();
  readonly links = this.#counter('links_total', 'Times that the hub has welcomed this sidecar.');
  readonly outputSent = this.#counter('output_sent_bytes_total', 'Output of agents that was sent to the hub.');
  readonly outputLeftOut = this.#counter('output_left_out_bytes_total', 'Output that was left out, about.');
  readonly messages = this.#counter('messages_total', 'Messages received for the agent.');
  readonly #turns = this.#counter('turns_total', 'Processes of agents that were begun, by kind.', ['runner']);
  readonly #steps = this.#counter('steps_total', 'Verifications, pushes and requests, by outcome.', [
    'step',
    'outcome',
  ]);
  readonly #attempts = this.#counter('attempts_total', 'Attempts that ended, by outcome.', ['outcome']);

  constructor(watched: Watched) {
    const prefix = 'agentcom_sidecar_';
    collectDefaultMetrics({ register: this.registry, prefix });
    this.#gauge('linked', '1 while there is a link to the hub.', [], (gauge) => gauge.set(watched.isLinked() ? 1 : 0));
    this.#gauge('phase', '1 for what is being done with the task in hand.', ['phase'], (gauge) => {
      const present = watched.job()?.phase ?? IDLE;
      for (const phase of [IDLE, ...PHASES]) gauge.set({ phase }, phase === present ? 1 : 0);
    });
    this.#gauge('reports_waiting', 'CompletionGate that the hub has not answered.', [], (gauge) =>
      gauge.set(watched.job()?.outbox.reports.length ?? 0),
    );
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

  #counter<Label extends string>(name: string, help: string, labelNames: Label[] = []): Counter<Label> {
    return new Counter({ name: `agentcom_sidecar_${name}`, help, labelNames, registers: [this.registry] });
  }

  #gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    read: (gauge: Gauge<Label>) => void,
  ): void {
    const gauge: Gauge<Label> = new Gauge({
      name: `agentcom_sidecar_${name}`,
      help,
      labelNames,
      registers: [this.registry],
      collect: () => read(gauge),
    });
  }
}

function outcomeOf({ phase, failure }: Job): string {
  if (phase !== 'reporting') return 'stopped';
  return failure === null ? 'completed' : failure.class;
}

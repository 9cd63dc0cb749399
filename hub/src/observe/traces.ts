// Spans of what became durable for tasks that are traced: each from its decision on, with the append that made it durable under it. Those that
// follow from a report lie under the sidecar's span of that report, so that a task is one trace.

import { ATTRIBUTE, childTraceparent, MESSAGING_SYSTEM, SPAN, type Tracer } from '@agentcom/schemas';
import type { Change, TaskMoment } from '../core/change.js';
import type { Event } from '../core/events.js';
import type { DurableBatch } from './telemetry.js';

/** Reports of sidecars whose outcome is still to come; beyond that the oldest lose their place in the trace. */
const REPORTS_MAX = 4_096;

/** What a sidecar reports, each of its own attempt. */
const REPORTED: ReadonlySet<Event['type']> = new Set([
  'task.accepted',
  'task.blocked',
  'task.completed',
  'task.attempt_failed',
]);
/** So many that they would bury the others. */
const LEFT_OUT: ReadonlySet<Event['type']> = new Set(['task.progressed', 'task.archived']);

export interface TracesParts {
  readonly tracer: Tracer;
  /** The hub's own time, as changes have it, and the wall's, ms. */
  readonly now: () => number;
  readonly wall: () => number;
}

/** A subscriber of the feed. */
export class Traces {
  readonly #parts: TracesParts;
  /** The span of the newest report, by attempt. */
  readonly #reports = new Map<string, string>();

  constructor(parts: TracesParts) {
    this.#parts = parts;
  }

  /** A sidecar said something of an attempt, in a frame with a `traceparent`. */
  reported(task: string, generation: number, traceparent: string): void {
    const [oldest] = this.#reports.keys();
    if (this.#reports.size >= REPORTS_MAX && oldest !== undefined) this.#reports.delete(oldest);
    this.#reports.set(`${task}/${generation}`, traceparent);
  }

  /** What another hub appended is traced by that hub. */
  changes({ changes, commitMs }: DurableBatch): void {
    if (commitMs === 0) return;
    for (const change of changes) this.#change(change, commitMs);
  }

  resync(): void {
    this.#reports.clear();
  }

  #change({ event, task, at, org }: Change, commitMs: number): void {
    if (task?.traceparent === undefined || LEFT_OUT.has(event.type)) return;
    const { tracer, now, wall } = this.#parts;
    const endMs = wall();
    const startMs = endMs - Math.max(commitMs, now() - at);
    const isOffer = event.type === 'task.assigned';
    const parent = isOffer ? task.traceparent : this.#above(event, task, task.traceparent);
    const traceparent = isOffer ? childTraceparent(task.traceparent, task.generation) : tracer.begin(parent);
    const isReport = REPORTED.has(event.type);
    tracer.record({
      name: event.type,
      kind: isOffer ? 'producer' : isReport ? 'consumer' : 'internal',
      traceparent,
      parent,
      startMs,
      endMs,
      attributes: {
        [ATTRIBUTE.org]: org,
        [ATTRIBUTE.task]: task.id,
        [ATTRIBUTE.generation]: task.generation === 0 ? undefined : task.generation,
        [ATTRIBUTE.agent]: task.agent ?? task.attemptAgent,
        ...(isOffer && messaging('send', 'task.assign', task.id)),
        ...(isReport && messaging('process', event.type, task.id)),
        ...usageOf(event),
      },
      error: event.type === 'task.attempt_failed' ? event.error.code : undefined,
    });
    const append = { traceparent: tracer.begin(traceparent), parent: traceparent, startMs: endMs - commitMs, endMs };
    tracer.record({ name: SPAN.append, kind: 'internal', ...append, attributes: {} });
  }

  /** The report that it follows from, else the offer, else the submission. */
  #above(event: Event, { id, generation }: TaskMoment, submission: string): string {
    if (generation === 0) return submission;
    const key = `${id}/${generation}`;
    const report = REPORTED.has(event.type) ? this.#reports.get(key) : undefined;
    this.#reports.delete(key);
    return report ?? childTraceparent(submission, generation);
  }
}

function messaging(type: string, name: string, message: string): Record<string, string> {
  return {
    [ATTRIBUTE.messagingSystem]: MESSAGING_SYSTEM,
    [ATTRIBUTE.messagingOperation]: type,
    [ATTRIBUTE.messagingOperationName]: name,
    [ATTRIBUTE.messageId]: message,
  };
}

function usageOf(event: Event): Record<string, number | undefined> {
  if (event.type !== 'task.completed' || event.usage === undefined) return {};
  const { inputTokens, outputTokens, costMicros } = event.usage;
  return {
    [ATTRIBUTE.inputTokens]: inputTokens,
    [ATTRIBUTE.outputTokens]: outputTokens,
    [ATTRIBUTE.costMicros]: costMicros,
  };
}

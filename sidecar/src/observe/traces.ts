// Spans of an attempt, out of the steps that its record goes through: the attempt, each phase and each turn of its agent under it, and what is
// said to the hub of it. Only for tasks that the hub traces.

import type { Tracer, Usage } from '@agentcom/schemas';
import { ATTRIBUTE, MESSAGING_SYSTEM, SPAN } from '@agentcom/schemas/span-names';
import { childTraceparent } from '@agentcom/schemas/trace';
import { type AttemptId, idOf, sameAttempt } from '../core/attempt.js';
import type { Job, RequestFrame } from '../core/job-model.js';
import type { HubLink } from '../ports.js';

/** The same in each life of the sidecar, so that what was said before a restart lies under it, too. */
const ATTEMPT = 1;

interface Followed {
  readonly attempt: AttemptId;
  readonly traceparent: string;
  readonly startMs: number;
  /** Since when it is in its phase, or its turn runs. */
  stepMs: number;
}

interface Asks<Frame, Done> {
  ask(frame: Frame, done: Done): void;
}

export interface JobTracesParts {
  readonly tracer: Tracer;
  /** Wall time, ms. */
  readonly now: () => number;
}

export class JobTraces {
  readonly #parts: JobTracesParts;
  #followed: Followed | undefined;

  constructor(parts: JobTracesParts) {
    this.#parts = parts;
  }

  /** What has become of the job; null before it was taken, and once it is over. */
  changed(before: Job | null, after: Job | null): void {
    const now = this.#parts.now();
    if (before === null) {
      if (after?.traceparent === undefined) return;
      const traceparent = childTraceparent(after.traceparent, ATTEMPT);
      this.#followed = { attempt: idOf(after), traceparent, startMs: now, stepMs: now };
      return;
    }
    const followed = this.#followed;
    if (followed === undefined) return;
    if (before.phase !== after?.phase || before.turn.number !== after.turn.number) {
      this.#step(followed, before, after, now);
      followed.stepMs = now;
    }
    if (after !== null) return;
    this.#followed = undefined;
    this.#parts.tracer.record({
      name: SPAN.attempt,
      kind: 'consumer',
      traceparent: followed.traceparent,
      parent: before.traceparent,
      startMs: followed.startMs,
      endMs: now,
      attributes: { ...subjectOf(before), ...usageOf(before.usage, {}) },
      error: before.failure?.code,
    });
  }

  /** Says what `link` says, with the span that it is said under. */
  onLink(link: HubLink): HubLink {
    return {
      request: (frame, done) => {
        const followed = this.#followed;
        // Progress is so much that it would bury the rest.
        if (followed === undefined || frame.type === 'task.progress' || !isOf(frame, followed.attempt)) {
          return link.request(frame, done);
        }
        const { tracer, now } = this.#parts;
        const { traceparent: parent } = followed;
        const traceparent = tracer.begin(parent);
        const startMs = now();
        link.request({ ...frame, traceparent }, (error) => {
          const at = { traceparent, parent, startMs, endMs: now() };
          const attributes = {
            [ATTRIBUTE.messagingSystem]: MESSAGING_SYSTEM,
            [ATTRIBUTE.messagingOperation]: 'send',
            [ATTRIBUTE.messagingOperationName]: frame.type,
            [ATTRIBUTE.messageId]: frame.task,
          };
          tracer.record({ name: `send ${frame.type}`, kind: 'producer', ...at, attributes, error: error?.code });
          done(error);
        });
      },
    };
  }

  /** Asks what `hub` asks; a task that the agent submits is traced under the attempt that submits it. */
  onQuestions<Frame extends { readonly type: string }, Done>(hub: Asks<Frame, Done>): Asks<Frame, Done> {
    return {
      ask: (frame, done) => {
        const traceparent = frame.type === 'task.submit' ? this.#followed?.traceparent : undefined;
        hub.ask(traceparent === undefined ? frame : { ...frame, traceparent }, done);
      },
    };
  }

  #step({ traceparent: parent, stepMs }: Followed, before: Job, after: Job | null, endMs: number): void {
    const { tracer } = this.#parts;
    const isTurn = before.phase === 'running';
    const turn = {
      [ATTRIBUTE.genAiOperation]: SPAN.turn,
      [ATTRIBUTE.runner]: before.runner.kind,
      [ATTRIBUTE.turn]: before.turn.number,
      ...usageOf(after?.usage ?? before.usage, before.usage),
    };
    tracer.record({
      name: isTurn ? `${SPAN.turn} ${before.runner.kind}` : before.phase,
      kind: 'internal',
      traceparent: tracer.begin(parent),
      parent,
      startMs: stepMs,
      endMs,
      attributes: { ...subjectOf(before), ...(isTurn && turn) },
      error: before.failure === null ? after?.failure?.code : undefined,
    });
  }
}

function isOf(frame: RequestFrame, attempt: AttemptId): boolean {
  return sameAttempt({ task: frame.task, generation: frame.generation }, attempt);
}

function subjectOf({ task, generation }: Job): Record<string, string | number> {
  return { [ATTRIBUTE.task]: task.id, [ATTRIBUTE.generation]: generation };
}

/** What was used since `before`. */
function usageOf(usage: Usage, before: Usage): Record<string, number | undefined> {
  const since = (field: 'inputTokens' | 'outputTokens' | 'costMicros') => {
    const now = usage[field];
    return now === undefined ? undefined : now - (before[field] ?? 0);
  };
  return {
    [ATTRIBUTE.inputTokens]: since('inputTokens'),
    [ATTRIBUTE.outputTokens]: since('outputTokens'),
    [ATTRIBUTE.costMicros]: since('costMicros'),
  };
}

// Asks sidecars what their attempts have changed by now: one request at a time for each attempt, however many want to see it, and none so soon
// after the one before that its answer is as good.

import type { HubFrameOf, Scheduler } from '@agentcom/schemas';
import { LRUCache } from 'lru-cache';
import type { DiffIntake } from './diff-port.js';
import type { OutputAttempt } from './output-port.js';

const ANSWER_MS = 5_000;
/** Until it is asked again: after an answer, and when there was none, as of a sidecar that knows no diffs. */
const FRESH_MS = 1_000;
const SILENT_MS = 5_000;
const REMEMBERED = 2_000;

export interface DiffRequestParts {
  readonly scheduler: Scheduler;
  readonly intake: Pick<DiffIntake, 'onNext'>;
  /** The live session of an agent, by its key. */
  readonly sessionOf: (agent: string) => { send(frame: HubFrameOf<'task.diff.request'>): void } | undefined;
}

export class DiffRequests {
  readonly #parts: DiffRequestParts;
  readonly #underWay = new Map<string, Promise<void>>();
  /** When an attempt may be asked for again. */
  readonly #notBefore = new LRUCache<string, number>({ max: REMEMBERED });

  constructor(parts: DiffRequestParts) {
    this.#parts = parts;
  }

  /** Resolves when what is kept is as new as it gets: after the answer, or when none came in time. `agent`: the key of who works on it. */
  refresh(attempt: OutputAttempt, agent: string): Promise<void> {
    const key = `${attempt.org}/${attempt.task}/${attempt.generation}`;
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) return underWay;
    const session = this.#parts.sessionOf(agent);
    if (session === undefined || (this.#notBefore.get(key) ?? 0) > this.#parts.scheduler.now())
      return Promise.resolve();
    const asked = this.#ask(attempt, key, session);
    this.#underWay.set(key, asked);
    return asked;
  }

  #ask(
    attempt: OutputAttempt,
    key: string,
    session: { send(frame: HubFrameOf<'task.diff.request'>): void },
  ): Promise<void> {
    const { scheduler, intake } = this.#parts;
    return new Promise((resolve) => {
      const over = (againMs: number): void => {
        cancel();
        forget();
        this.#underWay.delete(key);
        this.#notBefore.set(key, scheduler.now() + againMs);
        resolve();
      };
      const forget = intake.onNext(attempt, () => over(FRESH_MS));
      const cancel = scheduler.after(ANSWER_MS, () => over(SILENT_MS));
      session.send({ type: 'task.diff.request', task: attempt.task, generation: attempt.generation });
    });
  }
}

// Requests on their way: each waits for the answer that carries its id, for a while.

import type { Cancel, HubFrameOf, Scheduler } from '@agentcom/schemas';
import type { RequestError } from '../core/job-model.js';

/** `ok` is the hub's answer; null with an error. */
export type Done = (error: RequestError | null, ok: HubFrameOf<'ok'> | null) => void;

interface Waiting {
  readonly done: Done;
  readonly cancelLate: Cancel;
  readonly lost: (() => void) | undefined;
}

const ANSWER_MS = 30_000;
const WAITING_MAX = 64;

export class Requests {
  readonly #waiting = new Map<string, Waiting>();
  readonly #scheduler: Scheduler;
  #count = 0;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /**
   * Returns the id to send, or undefined when too many are waiting; `done` has then been told to come again. `lost` is told when
   * the link is lost before the answer; without it nothing is, because whoever asked asks again after the next welcome.
   */
  open(done: Done, lost?: () => void): string | undefined {
    if (this.#waiting.size >= WAITING_MAX) {
      done(
        { code: 'link.busy', message: 'too many requests are waiting for an answer; retry later', retryable: true },
        null,
      );
      return undefined;
    }
    this.#count += 1;
    const id = String(this.#count);
    const cancelLate = this.#scheduler.after(ANSWER_MS, () => {
      this.refuse(id, { code: 'link.unanswered', message: 'the hub did not answer in time', retryable: true });
    });
    this.#waiting.set(id, { done, cancelLate, lost });
    return id;
  }

  /** False when nothing with this id waits. */
  accept(id: string, ok: HubFrameOf<'ok'>): boolean {
    return this.#settle(id, (done) => done(null, ok));
  }

  /** As `accept`. */
  refuse(id: string, error: RequestError): boolean {
    return this.#settle(id, (done) => done(error, null));
  }

  drop(): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { cancelLate, lost } of waiting) {
      cancelLate();
      lost?.();
    }
  }

  #settle(id: string, tell: (done: Done) => void): boolean {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return false;
    this.#waiting.delete(id);
    waiting.cancelLate();
    tell(waiting.done);
    return true;
  }
}

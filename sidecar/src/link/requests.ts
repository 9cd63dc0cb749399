// Requests on their way: each waits for the answer that carries its id, for a while.

import type { HubFrameOf } from '@agentcom/schemas';
import type { RequestError } from '../core/job-model.js';

/** `ok` is the hub's answer; null with an error. */
export type Done = (error: RequestError | null, ok: HubFrameOf<'ok'> | null) => void;

interface Waiting {
  readonly done: Done;
  readonly late: NodeJS.Timeout;
  readonly lost: (() => void) | undefined;
}

const ANSWER_MS = 30_000;
const WAITING_MAX = 64;

export class Requests {
  readonly #waiting = new Map<string, Waiting>();
  #count = 0;

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
    const late = setTimeout(() => {
      this.refuse(id, { code: 'link.unanswered', message: 'the hub did not answer in time', retryable: true });
    }, ANSWER_MS);
    this.#waiting.set(id, { done, late, lost });
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
    for (const { late, lost } of waiting) {
      clearTimeout(late);
      lost?.();
    }
  }

  #settle(id: string, tell: (done: Done) => void): boolean {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return false;
    this.#waiting.delete(id);
    clearTimeout(waiting.late);
    tell(waiting.done);
    return true;
  }
}

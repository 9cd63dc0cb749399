// Requests on their way: each waits for the answer that carries its id, for a while. What a lost link leaves open is dropped; whoever
// asked asks again after the next welcome.

import type { RequestError } from '../core/job-model.js';

interface Waiting {
  readonly done: (error: RequestError | null) => void;
  readonly late: NodeJS.Timeout;
}

const ANSWER_MS = 30_000;
const WAITING_MAX = 64;

export class Requests {
  readonly #waiting = new Map<string, Waiting>();
  #count = 0;

  /** Returns the id to send, or undefined when too many are waiting; `done` has then been told to come again. */
  open(done: (error: RequestError | null) => void): string | undefined {
    if (this.#waiting.size >= WAITING_MAX) {
      done({ code: 'link.busy', message: 'too many requests wait for their answers', retryable: true });
      return undefined;
    }
    this.#count += 1;
    const id = String(this.#count);
    const late = setTimeout(() => {
      this.answer(id, { code: 'link.unanswered', message: 'the hub did not answer in time', retryable: true });
    }, ANSWER_MS);
    this.#waiting.set(id, { done, late });
    return id;
  }

  /** Null for `ok`. False when nothing with this id waits. */
  answer(id: string, error: RequestError | null): boolean {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return false;
    this.#waiting.delete(id);
    clearTimeout(waiting.late);
    waiting.done(error);
    return true;
  }

  drop(): void {
    for (const { late } of this.#waiting.values()) clearTimeout(late);
    this.#waiting.clear();
  }
}

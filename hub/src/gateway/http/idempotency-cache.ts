// IdempotencyCache by idempotency key, for requests whose repetition the state alone would not tell from a new one. Kept in memory: what must
// survive a restart, the submission of tasks, has its keys in the journal.

import { catalogueEntry } from '@agentcom/schemas';
import { Refusal } from '../../core/decision.js';

const KEPT_MS = 24 * 3_600_000;
/** The oldest go first. */
const KEPT_ANSWERS = 10_000;

interface Kept<T> {
  readonly digest: string;
  readonly at: number;
  readonly answer: Promise<T | Refusal>;
}

export class IdempotencyCache<T> {
  readonly #kept = new Map<string, Kept<T>>();

  /**
   * The answer given before to this key and body, or that of `run`. With another body it refuses. What may go better next time is not
   * kept. `now` is in ms.
   */
  async once(key: string, digest: string, now: number, run: () => Promise<T | Refusal>): Promise<T | Refusal> {
    const known = this.#kept.get(key);
    if (known !== undefined && known.at + KEPT_MS > now) {
      if (known.digest === digest) return known.answer;
      return new Refusal('idempotency.key_reused', 'this idempotency key was used with another body');
    }
    const answer = run();
    this.#kept.delete(key);
    this.#kept.set(key, { digest, at: now, answer });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT_ANSWERS) break;
      this.#kept.delete(oldest);
    }
    const isKept = await answer.then(isFinal, () => false);
    if (!isKept && this.#kept.get(key)?.answer === answer) this.#kept.delete(key);
    return answer;
  }
}

function isFinal(answer: unknown): boolean {
  return !(answer instanceof Refusal) || !catalogueEntry(answer.code).retryable;
}

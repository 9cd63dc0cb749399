// What the loop has still to carry out, in order. The first may wait for hours, as for a disk that is full; so of what comes meanwhile only
// that is added which says something new.

import { isDeepStrictEqual } from 'node:util';
import { idOf, sameAttempt } from './core/attempt.js';
import type { Action } from './core/job.js';

export class ActionQueue {
  readonly #actions: Action[] = [];

  get length(): number {
    return this.#actions.length;
  }

  add(action: Action): void {
    const last = this.#actions.at(-1);
    // Nothing stands between them, so nobody can tell whether the older one was ever on disk.
    if (action.do === 'persist' && last?.do === 'persist' && sameAttempt(idOf(last.job), idOf(action.job))) {
      this.#actions[this.#actions.length - 1] = action;
      return;
    }
    // Said again before it was said, as after each welcome.
    const isRepeated = action.do === 'send' && this.#actions.some((queued) => isDeepStrictEqual(queued, action));
    if (!isRepeated) this.#actions.push(action);
  }

  next(): Action | undefined {
    return this.#actions.shift();
  }
}

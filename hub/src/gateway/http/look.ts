// Reading the state for an answer.

import type { Shard } from '../../coordinator/runner.js';
import { Refusal } from '../../core/decision.js';
import type { State } from '../../core/state.js';

/** What `see` finds, or why nothing can be read. */
export async function look<T>(shard: Shard, see: (state: State) => T): Promise<T | Refusal> {
  const seen = await shard.read(see);
  return seen instanceof Refusal ? seen : seen.value;
}

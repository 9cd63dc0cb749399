// Follows a task to its end: the hub answers when its state changes. Goes on through restarts of the hub.

import type { TaskState, TaskView } from '@agentcom/schemas';
import type { HubClient } from './client.js';
import { CommandError, EXIT } from './exit.js';

/** How long the hub holds one request while nothing changes, and how much longer its answer may take. */
const WAIT_SECONDS = 25;
const ANSWER_MS = 15_000;
/** Between tries while the hub is away. */
const RETRY_MS = 1_000;
/** How long a hub may be away before the waiting ends; the task itself goes on. */
const AWAY_MS_MAX = 10 * 60_000;

export interface OutageOptions {
  readonly now: () => number;
  /** The hub does not answer, and later: it does again. */
  readonly onHub: (here: boolean) => void;
}

/** A hub that is away for a while: said once, forgiven when it is back in time. */
export class OutageTolerance {
  #since: number | undefined;

  constructor(private readonly options: OutageOptions) {}

  /** Throws the error when it is none that passes, or has lasted too long. */
  tolerate(error: unknown): void {
    if (!isPassing(error)) throw error;
    if (this.#since === undefined) this.options.onHub(false);
    this.#since ??= this.options.now();
    if (this.options.now() - this.#since > AWAY_MS_MAX) throw error;
  }

  over(): void {
    if (this.#since !== undefined) this.options.onHub(true);
    this.#since = undefined;
  }
}

export interface FollowOptions extends OutageOptions {
  readonly sleep: (ms: number) => Promise<void>;
  /** Every state the task is seen in, the first included, and every new attempt. */
  readonly onChange: (task: TaskView) => void;
  /** Every answer while it has not ended, also without a change: at least every half minute. */
  readonly onSeen?: (task: TaskView) => Promise<void>;
}

/** The task in its last state: completed, cancelled or dead. Throws what the hub refuses, and 69 when it stays away. */
export async function followTask(client: HubClient, id: string, options: FollowOptions): Promise<TaskView> {
  const outage = new OutageTolerance(options);
  let seen = '';
  let query: { readonly ifNot: TaskState; readonly waitSeconds: number } | undefined;
  for (;;) {
    try {
      const heldMs = WAIT_SECONDS * 1_000;
      const waiting = query === undefined ? {} : { query, heldMs, timeoutMs: heldMs + ANSWER_MS };
      const task = await client.call('task.show', { path: { id }, ...waiting });
      outage.over();
      const standing = `${task.state} ${task.generation}`;
      if (standing !== seen) options.onChange(task);
      seen = standing;
      if (isOver(task.state)) return task;
      await options.onSeen?.(task);
      query = { ifNot: task.state, waitSeconds: WAIT_SECONDS };
    } catch (error) {
      outage.tolerate(error);
      await options.sleep(RETRY_MS);
    }
  }
}

export function isOver(state: TaskState): boolean {
  return state === 'completed' || state === 'cancelled' || state === 'dead';
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof CommandError)) return false;
  return error.exit === EXIT.unreachable || error.code.startsWith('hub.') || error.code === 'rate.limited';
}

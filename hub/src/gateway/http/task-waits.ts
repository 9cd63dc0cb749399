// Whoever waits for something to happen to a task: woken by the feed, so that nobody looks again and again.

import type { Scheduler } from '@agentcom/schemas';
import type { ChangeSource } from '../../access/credential-watch.js';

/** One that waits. A wake that comes while nobody waits is kept for the next wait. */
export class TaskWaiter {
  readonly #scheduler: Scheduler;
  readonly #end: () => void;
  #isAwake = false;
  #wake: () => void = () => undefined;

  constructor(scheduler: Scheduler, end: () => void) {
    this.#scheduler = scheduler;
    this.#end = end;
  }

  wake(): void {
    this.#isAwake = true;
    this.#wake();
  }

  /** Resolves when it is woken, or after `ms` if that is given. */
  async next(ms?: number): Promise<void> {
    if (!this.#isAwake) {
      await new Promise<void>((resolve) => {
        const cancel = ms === undefined ? () => undefined : this.#scheduler.after(Math.max(1, ms), resolve);
        this.#wake = () => {
          cancel();
          resolve();
        };
      });
    }
    this.#isAwake = false;
    this.#wake = () => undefined;
  }

  end(): void {
    this.#end();
  }
}

export class TaskWaits {
  readonly #scheduler: Scheduler;
  readonly #byTask = new Map<string, Set<TaskWaiter>>();

  /** `stopping` ends all waiting. */
  constructor(
    feed: ChangeSource,
    scheduler: Scheduler,
    readonly stopping: AbortSignal,
  ) {
    this.#scheduler = scheduler;
    stopping.addEventListener('abort', () => this.#wakeAll());
    feed.subscribe(
      {},
      {
        changes: ({ changes }) => {
          if (this.#byTask.size === 0) return;
          for (const { task } of changes) if (task !== undefined) this.#wake(task.id);
        },
        resync: () => this.#wakeAll(),
      },
    );
  }

  /** Woken by every change of the task from now on. Look at the task after this, so that none is missed; end it when done. */
  begin(task: string): TaskWaiter {
    const waiters = this.#byTask.get(task) ?? new Set();
    const waiter = new TaskWaiter(this.#scheduler, () => {
      waiters.delete(waiter);
      if (waiters.size === 0 && this.#byTask.get(task) === waiters) this.#byTask.delete(task);
    });
    waiters.add(waiter);
    this.#byTask.set(task, waiters);
    return waiter;
  }

  #wakeAll(): void {
    for (const task of this.#byTask.keys()) this.#wake(task);
  }

  #wake(task: string): void {
    for (const waiter of this.#byTask.get(task) ?? []) waiter.wake();
  }
}

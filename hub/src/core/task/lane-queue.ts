// Queued tasks of one lane with the same wants, the oldest first. Those with a repository are also kept by it, so that an agent bound to some
// repositories looks at these alone, however many others wait before them.

import { mayUseRepository } from '../access/repositories.js';
import { OrderedList } from '../ordered-list.js';
import type { Task } from './task.js';

/** How many tasks that an agent is passed over for are looked past before the queue is left for later. */
const PASS_OVER_LOOKAHEAD = 256;

/** Some queued tasks, the oldest first. */
export class TaskQueue {
  readonly #tasks = new OrderedList(byAge);

  get size(): number {
    return this.#tasks.size;
  }

  /** Who has waited longest. */
  get oldest(): Task | undefined {
    return this.#tasks.lowest;
  }

  add(task: Task): void {
    this.#tasks.add(task);
  }

  /** False when it is not there. */
  remove(task: Task): boolean {
    return this.#tasks.remove(task);
  }

  /** Those that were queued by then. */
  countQueuedBy(at: number): number {
    return this.#tasks.countWhile((task) => task.queuedAt <= at);
  }

  /** Those that go before it. */
  countBefore(task: Task): number {
    return this.#tasks.countWhile((other) => byAge(other, task) < 0);
  }

  oldestFirst(): Iterable<Task> {
    return this.#tasks.ascending();
  }

  /** The oldest task that `accepts` takes, of those within reach. */
  first(accepts: (task: Task) => boolean): Task | undefined {
    return this.#tasks.first(accepts, PASS_OVER_LOOKAHEAD);
  }
}

export class LaneQueue extends TaskQueue {
  readonly #byRepo = new Map<string, TaskQueue>();

  override add(task: Task): void {
    super.add(task);
    const url = task.spec.repo?.url;
    if (url === undefined) return;
    const ofRepo = this.#byRepo.get(url) ?? new TaskQueue();
    this.#byRepo.set(url, ofRepo);
    ofRepo.add(task);
  }

  override remove(task: Task): boolean {
    if (!super.remove(task)) return false;
    const url = task.spec.repo?.url ?? '';
    const ofRepo = this.#byRepo.get(url);
    ofRepo?.remove(task);
    if (ofRepo?.size === 0) this.#byRepo.delete(url);
    return true;
  }

  /** A queue for each repository; tasks without one are in none of them. */
  byRepo(): Iterable<readonly [url: string, queue: TaskQueue]> {
    return this.#byRepo;
  }

  /** The oldest task that `accepts` takes, of repositories within the patterns. */
  override first(accepts: (task: Task) => boolean, patterns?: readonly string[]): Task | undefined {
    if (patterns === undefined) return super.first(accepts);
    let oldest: Task | undefined;
    for (const [url, ofRepo] of this.#byRepo) {
      if (!mayUseRepository(patterns, url)) continue;
      const task = ofRepo.first(accepts);
      if (task !== undefined && (oldest === undefined || byAge(task, oldest) < 0)) oldest = task;
    }
    return oldest;
  }
}

/** The oldest first. */
export function byAge(a: Task, b: Task): number {
  return a.queuedAt - b.queuedAt || a.order - b.order;
}

// Queued tasks of one lane with the same wants, the oldest first. Those with a repository are also kept by it, so that an agent bound to some
// repositories looks at these alone, however many others wait before them.

import { mayUseRepository } from '../access/repositories.js';
import { OrderedList } from '../ordered-list.js';
import type { Task } from './task.js';

/** How many tasks that an agent is passed over for are looked past before the queue is left for later. */
const PASS_OVER_LOOKAHEAD = 256;

export class LaneQueue {
  readonly #all = new OrderedList(byAge);
  readonly #byRepo = new Map<string, OrderedList<Task>>();

  get size(): number {
    return this.#all.size;
  }

  /** Who has waited longest. */
  get oldest(): Task | undefined {
    return this.#all.lowest;
  }

  add(task: Task): void {
    this.#all.add(task);
    const url = task.spec.repo?.url;
    if (url === undefined) return;
    const ofRepo = this.#byRepo.get(url) ?? new OrderedList(byAge);
    this.#byRepo.set(url, ofRepo);
    ofRepo.add(task);
  }

  /** False when it is not there. */
  remove(task: Task): boolean {
    if (!this.#all.remove(task)) return false;
    const url = task.spec.repo?.url ?? '';
    const ofRepo = this.#byRepo.get(url);
    ofRepo?.remove(task);
    if (ofRepo?.size === 0) this.#byRepo.delete(url);
    return true;
  }

  /** Those that were queued by then. */
  countQueuedBy(at: number): number {
    return this.#all.countWhile((task) => task.queuedAt <= at);
  }

  /** Those that go before it. */
  countBefore(task: Task): number {
    return this.#all.countWhile((other) => byAge(other, task) < 0);
  }

  oldestFirst(): Iterable<Task> {
    return this.#all.ascending();
  }

  /** How many there are of each repository; those without one are not among them. */
  *sizesByRepo(): Iterable<readonly [string, number]> {
    for (const [url, ofRepo] of this.#byRepo) yield [url, ofRepo.size];
  }

  /** The oldest task that `accepts` takes, of repositories within the patterns. */
  first(accepts: (task: Task) => boolean, patterns: readonly string[] | undefined): Task | undefined {
    if (patterns === undefined) return this.#all.first(accepts, PASS_OVER_LOOKAHEAD);
    let oldest: Task | undefined;
    for (const [url, ofRepo] of this.#byRepo) {
      if (!mayUseRepository(patterns, url)) continue;
      const task = ofRepo.first(accepts, PASS_OVER_LOOKAHEAD);
      if (task !== undefined && (oldest === undefined || byAge(task, oldest) < 0)) oldest = task;
    }
    return oldest;
  }
}

/** The oldest first. */
export function byAge(a: Task, b: Task): number {
  return a.queuedAt - b.queuedAt || a.order - b.order;
}

// The queued tasks of one organisation by what they want. What is held back whoever would work on it is set apart, so that nobody looks past it at
// a match. A hold or its end takes all tasks that it may be about aside at once, and they are sorted anew by pages; until that is done nothing is
// offered.

import { LANES } from '@agentcom/schemas';
import { type Hold, Holds } from './holds.js';
import { LaneQueue } from './lane-queue.js';
import type { Task } from './task.js';
import { type SkillsWanted, targetOf, wantedKey, wantedOf } from './wants.js';

/** Those with the same wants, in the order of `LANES`. */
export interface Demand extends SkillsWanted {
  readonly key: string;
  readonly lanes: readonly LaneQueue[];
  readonly size: number;
}

type Demands = Map<string, Demand & { size: number }>;

/** A queue of so many is sorted when the hold comes; a page of it takes the hub some milliseconds. */
export const SORTED_AT_ONCE = 5_000;

const NONE: Demands = new Map();

export class QueuedTasks {
  /** Absent while nothing is held back. */
  holds: Holds | undefined;
  #open: Demands = new Map();
  /** Those for one agent by name, so that nobody else looks through them. */
  #targeted = new Map<string, Demands>();
  #held: Demands = new Map();
  #unsorted: Demands[] = [];
  #routed = 0;

  /** Whether one of them names several runners or models, or a limit to its cost. */
  get hasRouted(): boolean {
    return this.#routed > 0;
  }

  add(task: Task): void {
    if (this.#put(task).routes !== undefined) this.#routed++;
  }

  #put(task: Task): Demand {
    const wanted = wantedOf(task);
    const { needs, runner, routes } = wanted;
    const demands = this.#placeOf(task, targetOf(needs));
    const key = wantedKey(wanted);
    let entry = demands.get(key);
    if (entry === undefined) {
      entry = { key, needs, runner, routes, lanes: LANES.map(() => new LaneQueue()), size: 0 };
      demands.set(key, entry);
    }
    laneOf(entry, task).add(task);
    entry.size++;
    return entry;
  }

  remove(task: Task): void {
    const wanted = wantedOf(task);
    const { needs, routes } = wanted;
    const key = wantedKey(wanted);
    if (routes !== undefined) this.#routed--;
    for (const demands of this.#unsorted) if (removeFrom(demands, key, task)) return;
    const target = targetOf(needs);
    const demands = this.#placeOf(task, target);
    removeFrom(demands, key, task);
    if (target !== undefined && demands.size === 0 && demands !== this.#held) this.#targeted.delete(target);
  }

  hold(hold: Hold): void {
    this.holds ??= new Holds();
    this.holds.add(hold);
    if (!isOfTasks(hold)) return;
    this.#unsorted.push(this.#open, ...this.#targeted.values());
    this.#open = new Map();
    this.#targeted = new Map();
    this.sort(SORTED_AT_ONCE);
  }

  release(hold: Hold): void {
    this.holds?.remove(hold);
    if (this.holds?.isEmpty === true) this.holds = undefined;
    if (!isOfTasks(hold)) return;
    this.#unsorted.push(this.#held);
    this.#held = new Map();
    this.sort(SORTED_AT_ONCE);
  }

  /** Goes on with what a hold or its end has taken aside, for so many tasks. */
  sort(max: number): void {
    let left = max;
    for (let demands = this.#unsorted[0]; demands !== undefined; demands = this.#unsorted[0]) {
      for (const [key, entry] of demands) {
        for (const lane of entry.lanes) {
          for (let task = lane.oldest; task !== undefined; task = lane.oldest) {
            if (left-- === 0) return;
            lane.remove(task);
            entry.size--;
            this.#put(task);
          }
        }
        demands.delete(key);
      }
      this.#unsorted.shift();
    }
  }

  get isSorted(): boolean {
    return this.#unsorted.length === 0;
  }

  /** Whether none of them is offered to anybody. */
  get isHeld(): boolean {
    return this.#unsorted.length > 0 || this.holds?.isOnEverything === true;
  }

  /** For anybody, but for what is held back. */
  get open(): ReadonlyMap<string, Demand> {
    return this.#open;
  }

  openFor(agent: string): ReadonlyMap<string, Demand> {
    return this.#targeted.get(agent) ?? NONE;
  }

  /** Tasks of the same wants and lane that go before it. */
  countBefore(task: Task): number {
    const wanted = wantedOf(task);
    const entry = this.#placeOf(task, targetOf(wanted.needs)).get(wantedKey(wanted));
    return entry === undefined ? 0 : laneOf(entry, task).countBefore(task);
  }

  /** Nothing holds them back whoever would work on them. */
  *free(): Iterable<Demand> {
    if (this.isHeld) return;
    yield* this.#open.values();
    for (const demands of this.#targeted.values()) yield* demands.values();
  }

  *all(): Iterable<Demand> {
    for (const demands of [this.#open, this.#held, ...this.#targeted.values(), ...this.#unsorted])
      yield* demands.values();
  }

  #placeOf(task: Task, target: string | undefined): Demands {
    if (this.holds?.holdsTask(task) === true) return this.#held;
    if (target === undefined) return this.#open;
    let demands = this.#targeted.get(target);
    if (demands === undefined) {
      demands = new Map();
      this.#targeted.set(target, demands);
    }
    return demands;
  }
}

/** Whether it sets some tasks apart. */
function isOfTasks({ of }: Hold): boolean {
  return of.kind === 'repo' || of.kind === 'label' || of.kind === 'member';
}

/** False when it is not there. */
function removeFrom(demands: Demands, key: string, task: Task): boolean {
  const entry = demands.get(key);
  if (entry === undefined || !laneOf(entry, task).remove(task)) return false;
  if (--entry.size === 0) demands.delete(key);
  return true;
}

function laneOf(entry: Demand, task: Task): LaneQueue {
  return entry.lanes[LANES.indexOf(task.spec.lane)] as LaneQueue;
}

// What it takes to undo operations: how each left the tasks that it changed, and what they were before. Bounded in time and in all: the oldest is
// forgotten first.

import type { Operation } from '@agentcom/schemas';
import { iso } from '../core/iso.js';
import type { UndoStep } from '../core/task/undo.js';

const KEPT_MS = 3_600_000;
/** As JSON, of all together: somewhat more than 100,000 moves. */
const CHARS_MAX = 16_000_000;

interface Kept {
  readonly steps: UndoStep[];
  chars: number;
  /** Wall clock, ms; absent while the operation runs. */
  until?: number;
}

/** As it is kept in a file. */
export interface UndoRecord {
  readonly id: string;
  readonly until: number;
  readonly steps: readonly UndoStep[];
}

export class UndoMemory {
  /** Oldest first. */
  readonly #kept = new Map<string, Kept>();
  readonly #now: () => number;

  /** `now` is wall clock, ms. */
  constructor(now: () => number, records: readonly UndoRecord[] = []) {
    this.#now = now;
    for (const { id, until, steps } of records)
      if (until > now()) this.#kept.set(id, { steps: [...steps], chars: charsOf(steps), until });
  }

  /** While the operation runs. What is too much to keep cannot be undone in part. */
  add(id: string, steps: readonly UndoStep[]): void {
    if (steps.length === 0) return;
    const kept = this.#kept.get(id) ?? { steps: [], chars: 0 };
    this.#kept.set(id, kept);
    kept.chars += charsOf(steps);
    if (kept.chars > CHARS_MAX) kept.steps.length = 0;
    else kept.steps.push(...steps);
  }

  /** The operation has ended: from now on it can be undone. Whether there is something to undo. */
  end(id: string): boolean {
    const kept = this.#kept.get(id);
    if (kept === undefined) return false;
    if (kept.chars > CHARS_MAX) {
      this.#kept.delete(id);
      return false;
    }
    kept.until = this.#now() + KEPT_MS;
    let chars = [...this.#kept.values()].reduce((sum, one) => sum + one.chars, 0);
    for (const [oldest, one] of this.#kept) {
      if (chars <= CHARS_MAX) break;
      if (one.until === undefined || oldest === id) continue;
      chars -= one.chars;
      this.#kept.delete(oldest);
    }
    return true;
  }

  /** Undefined while it cannot be undone. */
  of(id: string): Operation['undo'] {
    const { until, steps } = this.#kept.get(id) ?? {};
    if (until === undefined || steps === undefined) return undefined;
    if (until > this.#now()) return { until: iso(until), tasks: steps.length };
    this.#kept.delete(id);
    return undefined;
  }

  /** None while it cannot be undone. */
  steps(id: string): readonly UndoStep[] {
    return this.of(id) === undefined ? [] : (this.#kept.get(id)?.steps ?? []);
  }

  forget(id: string): boolean {
    return this.#kept.delete(id);
  }

  records(): UndoRecord[] {
    return [...this.#kept].flatMap(([id, { until, steps }]) => (until === undefined ? [] : [{ id, until, steps }]));
  }
}

function charsOf(steps: readonly UndoStep[]): number {
  return JSON.stringify(steps).length;
}

// Whether processes are busy: what they have computed and moved since the last look, by what Linux counts. Elsewhere nothing is known.

import { readQuietly } from './read-quietly.js';

/** Of one processor. A program that only waits, with its timers, stays well below. */
const BUSY_SHARE = 0.05;
/** Above what a loop reads that starts `sleep` again and again. */
const BUSY_BYTES_PER_SECOND = 64 * 1024;
const TICKS_PER_SECOND = 100;

interface Load {
  readonly seconds: number;
  readonly bytes: number;
}

export class ProcessLoad {
  #before: ReadonlyMap<number, Load> | undefined;
  #at = 0;

  /** `now`: monotonic, ms. The first look only has something to compare with later. */
  isBusy(pids: readonly number[], now: number): boolean {
    const loads = new Map(pids.map((pid) => [pid, loadOf(pid)]));
    const before = this.#before;
    const elapsed = (now - this.#at) / 1000;
    this.#before = loads;
    this.#at = now;
    if (before === undefined || elapsed <= 0) return false;
    let seconds = 0;
    let bytes = 0;
    for (const [pid, load] of loads) {
      // A process that is new has done all of it since; what one that is gone has done is counted by its parent.
      seconds += Math.max(0, load.seconds - (before.get(pid)?.seconds ?? 0));
      bytes += Math.max(0, load.bytes - (before.get(pid)?.bytes ?? 0));
    }
    return seconds / elapsed >= BUSY_SHARE || bytes / elapsed >= BUSY_BYTES_PER_SECOND;
  }

  forget(): void {
    this.#before = undefined;
  }
}

/** With its children that have ended. */
function loadOf(pid: number): Load {
  const stat = readQuietly(`/proc/${pid}/stat`);
  // The name, in brackets, may itself hold anything; the four times follow it, 12 fields later.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + (Number(field) || 0), 0);
  const bytes = [...readQuietly(`/proc/${pid}/io`).matchAll(/^[rw]char: (\d+)$/gm)];
  return { seconds: ticks / TICKS_PER_SECOND, bytes: bytes.reduce((sum, [, count]) => sum + Number(count), 0) };
}

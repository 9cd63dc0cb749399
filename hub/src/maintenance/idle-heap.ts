// Gives memory back that a hub without much to do does not need: V8 keeps the room that starting or a burst took, 30 MiB and more, for as
// long as nothing makes it collect garbage.

import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { Lifecycle } from '../lifecycle.js';

const LOOK_EVERY_MS = 5_000;
/** Share of the time in which the thread did something. */
const BUSY_MAX = 0.05;
/** A collection of a heap of that size takes some 50 ms. */
const USED_BYTES_MAX = 64 * 1024 ** 2;
const UNUSED_BYTES_MIN = 16 * 1024 ** 2;

export interface Heap {
  /** Bytes taken from the system, and those of them that hold something. */
  readonly heapTotal: number;
  readonly heapUsed: number;
}

export class IdleHeap extends Lifecycle {
  #timer: NodeJS.Timeout | undefined;
  #since: EventLoopUtilization = performance.eventLoopUtilization();

  override start(): void {
    this.#timer = setInterval(() => void this.#look().catch(() => undefined), LOOK_EVERY_MS).unref();
  }

  protected override end(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const now = performance.eventLoopUtilization();
    const busy = performance.eventLoopUtilization(now, this.#since).utilization;
    this.#since = now;
    if (isWorthCollecting(process.memoryUsage(), busy)) await collect();
  }
}

export function isWorthCollecting({ heapTotal, heapUsed }: Heap, busy: number): boolean {
  return busy <= BUSY_MAX && heapUsed <= USED_BYTES_MAX && heapTotal - heapUsed >= UNUSED_BYTES_MIN;
}

/** Loaded when it is needed: a hub with enough to do never is idle. */
async function collect(): Promise<void> {
  const { Session } = await import('node:inspector/promises');
  const session = new Session();
  session.connect();
  try {
    await session.post('HeapProfiler.collectGarbage');
  } finally {
    session.disconnect();
  }
}

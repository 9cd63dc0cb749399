// Watches the disk while an agent works: what fills it is ended before the machine is full, and everything else on it fails.

import type { Scheduler } from '@agentcom/schemas';
import { pause } from '@agentcom/schemas/scheduler';

/** Looked at so often that a fast disk cannot be filled in between. */
const EVERY_MS = 2_000;
/** Said when this many times the floor is left. */
const TIGHT = 2;
const MIB = 1024 ** 2;

export interface DiskSettings {
  /** Bytes that are free; undefined when that cannot be told. */
  readonly freeBytes: () => Promise<number | undefined>;
  readonly floorBytes: number;
  /** Told when an agent is ended. */
  readonly full: (freeBytes: number) => void;
  readonly everyMs?: number;
}

/** Resolves to true when less than the floor is left, to false by the signal. `note` is told once when it gets tight. */
export async function watchDisk(
  { freeBytes, floorBytes, full, everyMs = EVERY_MS }: DiskSettings,
  scheduler: Scheduler,
  note: (text: string) => void,
  signal: AbortSignal,
): Promise<boolean> {
  for (let isNoted = false; ; ) {
    await pause(scheduler, everyMs, signal);
    const free = signal.aborted ? undefined : await freeBytes();
    if (signal.aborted) return false;
    if (free === undefined) continue;
    if (free < floorBytes) {
      full(free);
      return true;
    }
    if (free < TIGHT * floorBytes && !isNoted) {
      isNoted = true;
      note(`only ${mib(free)} MiB of disk space left; below ${mib(floorBytes)} MiB the agent is stopped`);
    }
  }
}

function mib(bytes: number): number {
  return Math.round(bytes / MIB);
}

// Asks now and then which paths an agent at work has changed, and tells of it when they are others than before, or when the link has been
// lost: the hub forgets them with an attempt that it takes for lost. It compares them with those of other tasks on the same repository.

import type { Scheduler } from '@agentcom/schemas';
import { pause } from '@agentcom/schemas/scheduler';

/** Short work is to be seen as well. */
const FIRST_LOOK_MS = 3_000;

export interface PathsWatch {
  readonly everyMs: number;
  readonly scheduler: Scheduler;
  readonly changedPaths: (signal: AbortSignal) => Promise<readonly string[]>;
  /** Another number after each loss of the link. */
  readonly links: () => number;
  readonly tell: (paths: readonly string[]) => void;
  readonly failed: (error: unknown) => void;
}

/** Resolves when the signal says that the run is over. Never rejects: a look that fails is made again the next time. */
export async function watchPaths(
  { everyMs, scheduler, changedPaths, links, tell, failed }: PathsWatch,
  signal: AbortSignal,
): Promise<void> {
  let told = '';
  let toldOver = links();
  let waitMs = Math.min(everyMs, FIRST_LOOK_MS);
  while (!signal.aborted) {
    await pause(scheduler, waitMs, signal);
    waitMs = everyMs;
    if (signal.aborted) return;
    try {
      const paths = await changedPaths(signal);
      const now = JSON.stringify(paths);
      const isTold = now === told && links() === toldOver;
      if (signal.aborted || isTold || (told === '' && paths.length === 0)) continue;
      told = now;
      toldOver = links();
      tell(paths);
    } catch (error) {
      if (!signal.aborted) failed(error);
    }
  }
}

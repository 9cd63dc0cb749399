// SIGINT, SIGTERM and SIGHUP of a program that runs on: the first asks it to end, a later one ends it. npm hands on the Ctrl-C that the
// terminal has sent to the program already, so what follows at once is the same request.

import type { World } from './world.js';

const FORCED_EXIT = 1;
const SAME_REQUEST_MS = 1_000;

export interface StopSignal {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Resolves at the first signal. */
  readonly asked: Promise<void>;
  release(): void;
}

export function listenForStop(world: World): StopSignal {
  const controller = new AbortController();
  let askedAt = Number.NEGATIVE_INFINITY;
  const release = world.onStopSignal(() => {
    const now = performance.now();
    if (controller.signal.aborted && now - askedAt > SAME_REQUEST_MS) world.exitNow(FORCED_EXIT);
    if (!controller.signal.aborted) askedAt = now;
    controller.abort();
  });
  const asked = new Promise<void>((resolve) =>
    controller.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  return { signal: controller.signal, asked, release };
}

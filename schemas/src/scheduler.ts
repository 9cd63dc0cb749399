// Time and chance as a driver gets them: from the machine in a program, from a seed in the simulation.

export interface Scheduler {
  /** Monotonic, in ms from an arbitrary origin. */
  now(): number;
  /** From [0, 1). */
  random(): number;
  /** Runs `run` once, in `ms` or later, unless the returned function is called before; with 0 after what has arrived by now. */
  after(ms: number, run: () => void): Cancel;
}

/** Idempotent; does nothing once the timer has fired. */
export type Cancel = () => void;

/** Resolves in `ms`, or as soon as the signal fires. */
export function pause(scheduler: Scheduler, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = scheduler.after(ms, end);
    signal.addEventListener('abort', end);
  });
}

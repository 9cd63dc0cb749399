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

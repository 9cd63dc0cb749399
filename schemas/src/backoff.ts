// How long to wait before the next try. Pure: the random number comes in.

export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
}

/** Beyond this many doublings every cap is reached, and a number would lose its precision. */
const DOUBLINGS_MAX = 40;

/** The wait after so many failures in a row (1 or more): min(cap, base · 2^(failures − 1)), in ms. */
export function backoffMs({ baseMs, capMs }: Backoff, failures: number): number {
  return Math.min(capMs, baseMs * 2 ** Math.min(failures - 1, DOUBLINGS_MAX));
}

/**
 * The same with full jitter, so that many who failed together do not return together; `random` is in [0, 1).
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function jitteredBackoffMs(backoff: Backoff, failures: number, random: number): number {
  return random * backoffMs(backoff, failures);
}

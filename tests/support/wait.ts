// Bounded waiting: for a signal, or by asking again until a condition holds.

import { setTimeout as delay } from 'node:timers/promises';

/** Rarer the longer it takes: what is waited for needs the machine itself, of which one question to a hub takes a few ms. */
const POLL_MS = 25;
const POLL_MS_MAX = 400;
const POLL_GROWTH = 1.2;

export class TimedOut extends Error {
  override readonly name = 'TimedOut';
}

/** Settles as `promise` does, or rejects with what was waited for. */
export async function within<T>(promise: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  const ended = new AbortController();
  const late = delay(timeoutMs, undefined, { signal: ended.signal, ref: true }).then(
    () => Promise.reject(new TimedOut(`${what}: nothing within ${timeoutMs} ms`)),
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    ended.abort();
  }
}

/**
 * The first answer of `ask` that is not undefined. What it throws counts as no answer yet, and is named when time runs out.
 */
export async function eventually<T>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (let pollMs = POLL_MS; ; pollMs = Math.min(pollMs * POLL_GROWTH, POLL_MS_MAX)) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      const seen = last === undefined ? '' : `; last: ${last instanceof Error ? last.message : String(last)}`;
      throw new TimedOut(`${what}: not within ${timeoutMs} ms${seen}`, { cause: last });
    }
    await delay(pollMs);
  }
}

// What follows a failed attempt. The random number and the time come in, so the same failure always ends the same way.

import { type Backoff, backoffMs, type Config, type FailureClass, jitteredBackoffMs } from '@agentcom/schemas';
import type { AfterFailure } from './events.js';

/** Delay before attempt number `attempt` + 1, in ms, with full jitter; `random` is in [0, 1). */
export function retryDelayMs(attempt: number, random: number, config: Config['tasks']): number {
  return Math.floor(jitteredBackoffMs(retryBackoff(config), attempt, random));
}

/** How long an agent is passed over for a task it declined `times` times: min(cap, base · 2^(times−1)), in ms. */
export function passOverMs(times: number, config: Config['tasks']): number {
  return backoffMs({ baseMs: config.passOverBaseSeconds * 1000, capMs: config.passOverCapSeconds * 1000 }, times);
}

/** How long a usage limit is waited for that does not say when it ends, met `times` times in a row, in ms. */
function limitWaitMs(times: number, config: Config['tasks']): number {
  return backoffMs(retryBackoff(config), times);
}

function retryBackoff({ retryBaseSeconds, retryCapSeconds }: Config['tasks']): Backoff {
  return { baseMs: retryBaseSeconds * 1000, capMs: retryCapSeconds * 1000 };
}

/** Longer than most tasks run: who could start it may be busy until then. */
const FOR_OTHERS_MS = 3_600_000;

/** No usage limit parks a task for longer than this, whatever its agent says. */
const RATE_LIMIT_MS_MAX = 31 * 24 * 3_600_000;

/** When a usage limit counts as over; `resetsAt` is what the agent said, if anything. */
export function limitedUntil(
  resetsAt: number | undefined,
  times: number,
  now: number,
  config: Config['tasks'],
): number {
  return Math.max(Math.min(resetsAt ?? 0, now + RATE_LIMIT_MS_MAX), now + limitWaitMs(times, config));
}

/** Neither a usage limit nor a machine that cannot start an agent is the task's fault, so they use no attempt. */
export function countsAsAttempt(failure: FailureClass): boolean {
  return failure !== 'rate_limited' && failure !== 'machine';
}

/**
 * `attempts` includes the one that just failed. `limitEndsAt` is when a usage limit counts as over, in ms; `timesHere` is how often its agent
 * has been passed over for the task by then. A task that no machine can start is given up like one that nobody takes, counted by agent:
 * many of them fail at once when what they all need is away, and only time tells. `isForOthers`: as long as there are others, they come first.
 */
export function afterFailure(input: {
  readonly failure: FailureClass;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly isBudgetUsed: boolean;
  readonly limitEndsAt: number;
  readonly timesHere: number;
  readonly isForOthers: boolean;
  /** It names other runners or models, which may not be at a limit. */
  readonly hasOtherRoutes: boolean;
  readonly now: number;
  readonly random: number;
  readonly config: Config['tasks'];
}): AfterFailure {
  const { failure, attempts, maxAttempts, now, random, config } = input;
  if (failure === 'permanent') return { state: 'dead', cause: failure };
  if (failure === 'budget' || input.isBudgetUsed) return { state: 'dead', cause: 'budget' };
  if (failure === 'rate_limited' && input.hasOtherRoutes) return { state: 'queued' };
  if (failure === 'rate_limited') return { state: 'scheduled', reason: 'rate_limited', dueAt: input.limitEndsAt };
  if (failure === 'machine') {
    if (input.timesHere >= config.maxOffers) return { state: 'dead', cause: 'no_taker' };
    const passedOverMs = input.isForOthers ? FOR_OTHERS_MS : passOverMs(input.timesHere, config);
    return { state: 'queued', passOverUntil: now + passedOverMs };
  }
  if (attempts >= maxAttempts) return { state: 'dead', cause: 'attempts_used' };
  return { state: 'scheduled', reason: 'backoff', dueAt: now + retryDelayMs(attempts, random, config) };
}

// What an attempt is to somebody who reads its log. Pure.

import type { LiveTask } from '@agentcom/schemas';

/** The newest, which may go on; one after which another began; or none that the task has had. */
export type AttemptStanding = 'newest' | 'over' | 'none';

interface Attempts extends Pick<LiveTask, 'attemptsDropped'> {
  readonly attempts: readonly { readonly generation: number }[];
}

export function standingOf({ attempts, attemptsDropped }: Attempts, generation: number): AttemptStanding {
  const [first] = attempts;
  if (first === undefined) return 'none';
  if (generation === newestOf({ attempts })) return 'newest';
  if (generation < first.generation) return attemptsDropped > 0 ? 'over' : 'none';
  return attempts.some((one) => one.generation === generation) ? 'over' : 'none';
}

export function newestOf({ attempts }: Pick<Attempts, 'attempts'>): number | undefined {
  return attempts.at(-1)?.generation;
}

/**
 * Which attempt somebody stays with from now on, who follows this one or reads it: who follows the newest is led on to what begins after it
 * (undefined), everybody else stays.
 */
export function stayingWith(task: Attempts, generation: number, isFollowing: boolean): number | undefined {
  return isFollowing && standingOf(task, generation) === 'newest' ? undefined : generation;
}

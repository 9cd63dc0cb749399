// What somebody does not want to see for a while, in this browser alone. Pure: the clock comes in.

import type { LiveNeed } from '@agentcom/schemas';

/** Until when each is snoozed, ms. */
export type Snoozes = Readonly<Record<string, number>>;

const SNOOZES_MAX = 500;

type Snoozed = Pick<LiveNeed, 'id' | 'question' | 'alert'>;

/** Another question of the same task is another thing, and so is what an alert has fired about since. */
export function snoozeKey({ id, question, alert }: Snoozed): string {
  return [id, question?.questionId, alert?.id].filter((part) => part !== undefined).join(' ');
}

export function isSnoozed(snoozes: Snoozes, need: Snoozed, now: number): boolean {
  return (snoozes[snoozeKey(need)] ?? 0) > now;
}

/** With one more; those that are over go. */
export function withSnooze(snoozes: Snoozes, key: string, until: number, now: number): Snoozes {
  const kept = Object.entries(snoozes).filter(([one, end]) => one !== key && end > now);
  return Object.fromEntries([...kept.slice(1 - SNOOZES_MAX), [key, until]]);
}

export function withoutSnoozes(snoozes: Snoozes, keys: readonly string[]): Snoozes {
  return Object.fromEntries(Object.entries(snoozes).filter(([key]) => !keys.includes(key)));
}

/** Of what a browser has kept, which may be anything. */
export function snoozesFrom(kept: unknown): Snoozes {
  if (typeof kept !== 'object' || kept === null) return {};
  return Object.fromEntries(Object.entries(kept).filter(([, until]) => typeof until === 'number'));
}

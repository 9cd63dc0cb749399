// What each organisation uses, day by day, and whether it may use more. Kept in the state, so that it is exact over restarts.

import type { Config } from '@agentcom/schemas';
import { type Decision, Refusal } from '../decision.js';
import { iso } from '../iso.js';
import type { State } from '../state.js';
import { isLiveKey } from './access.js';

export type Quota = keyof Config['quotas'];

/** Of one day, in UTC. */
export interface DayUsage {
  submitted: number;
  completed: number;
}

/** By the number of the day since 1970, newest last. */
export type OrgUsage = Map<number, DayUsage>;

const DAY_MS = 24 * 3_600_000;
/** Enough for a quarter's bill. */
const DAYS_KEPT = 100;

export function dayOf(at: number): number {
  return Math.floor(at / DAY_MS);
}

export function countUse(state: State, org: string, what: keyof DayUsage, at: number): void {
  let days = state.usage.get(org);
  if (days === undefined) {
    days = new Map();
    state.usage.set(org, days);
  }
  const today = dayOf(at);
  let day = days.get(today);
  if (day === undefined) {
    day = { submitted: 0, completed: 0 };
    days.set(today, day);
    for (const old of days.keys()) if (old <= today - DAYS_KEPT) days.delete(old);
  }
  day[what]++;
}

const QUOTAS: Readonly<
  Record<Quota, { readonly noun: string; readonly used: (state: State, org: string, now: number) => number }>
> = {
  members: {
    noun: 'members and open invitations',
    used: ({ access }, org) =>
      access.membersOf.size(org) + access.tokensOf.of(org).filter(({ purpose }) => purpose === 'invitation').length,
  },
  agents: { noun: 'agents', used: ({ agentsByOrg }, org) => agentsByOrg.get(org)?.size ?? 0 },
  keys: {
    noun: 'keys',
    used: ({ access }, org, now) =>
      access.keysOf.of(org).filter((key) => key.agent === undefined && isLiveKey(key, now)).length,
  },
  queuedTasks: {
    noun: 'tasks that wait',
    used: ({ taskIndex }, org) => WAITING.reduce((sum, name) => sum + (taskIndex.ofState(org, name)?.size ?? 0), 0),
  },
  tasksPerDay: {
    noun: 'tasks submitted today',
    used: ({ usage }, org, now) => usage.get(org)?.get(dayOf(now))?.submitted ?? 0,
  },
};
const WAITING = ['scheduled', 'waiting', 'queued'] as const;

export const QUOTA_NAMES = Object.keys(QUOTAS) as Quota[];

/** Such as `2026-01-31`. */
export function dateOf(day: number): string {
  return iso(day * DAY_MS).slice(0, 10);
}

export function quotaOf(state: State, org: string, quota: Quota): number {
  return state.orgs.get(org)?.quotas?.[quota] ?? state.config.values.quotas[quota];
}

export function usedOf(state: State, org: string, quota: Quota, now: number): number {
  return QUOTAS[quota].used(state, org, now);
}

/** A refusal when the organisation may not have one more. */
export function refuseMore({ state, now }: Decision, org: string, quota: Quota): Refusal | undefined {
  const limit = quotaOf(state, org, quota);
  const used = usedOf(state, org, quota, now);
  if (used < limit) return undefined;
  const { noun } = QUOTAS[quota];
  return new Refusal(
    'quota.exceeded',
    `${org} has ${used} ${noun}, and its quota is ${limit}; whoever runs the hub can raise quotas.${quota}`,
  );
}

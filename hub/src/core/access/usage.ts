// What each organisation uses, day by day, and whether it may use more. Kept in the state, so that it is exact over restarts; what work costs is
// in the ledger.

import type { QuotaName } from '@agentcom/schemas/names';
import type { Decision } from '../decision.js';
import { iso } from '../iso.js';
import { Refusal } from '../refusal.js';
import type { State } from '../state.js';
import { isLiveKey } from './access.js';

/** Of one day, in UTC. */
export interface DayUsage {
  submitted: number;
  completed: number;
}

/** By the number of the day since 1970, newest last. */
export type OrgUsage = Map<number, DayUsage>;

export const DAY_MS = 24 * 3_600_000;
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

interface Counted {
  /** As in "3 of 5 keys". */
  readonly noun: string;
  readonly used: (state: State, org: string, now: number) => number;
  readonly text?: (amount: number) => string;
}

const WAITING = ['scheduled', 'waiting', 'queued'] as const;

const COUNTED: Readonly<Record<QuotaName, Counted>> = {
  members: {
    noun: 'members and open invitations',
    used: ({ access }, org) =>
      access.membersOf.size(org) + access.tokensOf.of(org).filter(({ purpose }) => purpose === 'invitation').length,
  },
  agents: { noun: 'agents', used: ({ agentsByOrg }, org) => agentsByOrg.get(org)?.size ?? 0 },
  connections: {
    noun: 'connected agents',
    used: ({ agentsByOrg }, org) => {
      let connected = 0;
      for (const { connection } of agentsByOrg.get(org) ?? []) if (connection !== undefined) connected++;
      return connected;
    },
  },
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
  costMicrosPerDay: {
    noun: 'spent today',
    used: ({ ledger }, org, now) => ledger.of(org)?.costOn(dayOf(now)) ?? 0,
    text: money,
  },
  costMicrosPerMonth: {
    noun: 'spent this month',
    used: ({ ledger }, org, now) => {
      const own = ledger.of(org);
      let cost = 0;
      if (own !== undefined) for (let day = monthOf(now); day <= dayOf(now); day++) cost += own.costOn(day);
      return cost;
    },
    text: money,
  },
  storedBytes: { noun: 'bytes of tasks', used: ({ storedBytes }, org) => storedBytes.get(org) ?? 0 },
};

function money(micros: number): string {
  return (micros / 1e6).toFixed(2);
}

/** The day on which the month began. */
export function monthOf(at: number): number {
  const date = new Date(at);
  return dayOf(Date.UTC(date.getUTCFullYear(), date.getUTCMonth()));
}

/** Such as `2026-01-31`. */
export function dateOf(day: number): string {
  return iso(day * DAY_MS).slice(0, 10);
}

export function quotaOf(state: State, org: string, quota: QuotaName): number {
  return state.orgs.get(org)?.quotas?.[quota] ?? state.config.values.quotas[quota];
}

export function usedOf(state: State, org: string, quota: QuotaName, now: number): number {
  return COUNTED[quota].used(state, org, now);
}

/** A refusal when the organisation may not have any more. */
export function refuseMore(
  { state, now }: Pick<Decision, 'state' | 'now'>,
  org: string,
  ...quotas: readonly QuotaName[]
): Refusal | undefined {
  for (const quota of quotas) {
    const limit = quotaOf(state, org, quota);
    const used = usedOf(state, org, quota, now);
    if (used < limit) continue;
    const { noun, text = String } = COUNTED[quota];
    const message = `${org} has ${text(used)} of ${text(limit)} ${noun}; whoever runs the hub can raise quotas.${quota}`;
    return new Refusal('quota.exceeded', message);
  }
  return undefined;
}

// A spend limit: what may be used of a scope in a day, a month or in all, and how much of it is. It counts the same facts as the ledger, where
// they are booked. What runs reserves what it is expected to use, so that many tasks cannot begin together that fit only one by one.

import { LIMIT_SHARES, type LimitKind, type LimitLevel, type LimitWindow, NO_CURRENCY } from '@agentcom/schemas';
import type { Figures } from '../ledger/ledger.js';
import type { Held } from '../task/holds.js';

export interface LimitScope {
  readonly kind: LimitKind;
  /** As that of a halt; of a member, who it is. Absent for the fleet. */
  readonly value?: string;
}

/** Of money in the currency of the limit, and of tokens of input and output together. */
export interface Amounts {
  readonly costMicros?: number;
  readonly tokens?: number;
}

/** What a task would reserve that did not fit. */
export interface Waits extends Amounts {
  /** Absent in what was kept before it was named. */
  readonly task?: string;
}

export interface Period {
  readonly window: LimitWindow;
  readonly amounts: Amounts;
  readonly used: Figures;
  /** Wall time, ms. A total has no end. */
  readonly since: number;
  readonly until: number | undefined;
}

export interface SpendLimit {
  readonly id: string;
  readonly scope: LimitScope;
  readonly of: Held;
  /** Whose work it is about; undefined: everybody's. */
  readonly org: string | undefined;
  /** The organisation of whoever set it. */
  readonly owner: string;
  currency: string | undefined;
  periods: readonly Period[];
  by: string;
  since: number;
  level: LimitLevel;
  /** Nothing new begins until it fits beside what is reserved, or its task waits no more. */
  waits: Waits | undefined;
  /** The message that tells agents how much is used. */
  notice: string | undefined;
}

/** Whose work a limit that somebody of `org` asks for is about; undefined: everybody's. Of one's own organisation the name is left out. */
export function aimOf({ org, scope }: { readonly org: string; readonly scope: LimitScope }): {
  readonly org: string | undefined;
  readonly scope: LimitScope;
} {
  if (scope.kind === 'fleet') return { org: undefined, scope };
  if (scope.kind !== 'org') return { org, scope };
  return { org: scope.value ?? org, scope: scope.value === org ? { kind: 'org' } : scope };
}

/** Whether an organisation may look at it: it has set it, or it is about its own work alone. */
export function isSeenBy({ owner, org }: Pick<SpendLimit, 'owner' | 'org'>, who: string): boolean {
  return owner === who || org === who;
}

/** What was set, as one word: another one once anybody has changed it. */
export function termsOf({
  currency = '',
  windows,
}: {
  readonly currency?: string | undefined;
  readonly windows: readonly (Amounts & { readonly window: LimitWindow })[];
}): string {
  const amounts = windows.map(({ window, costMicros = '', tokens = '' }) => `${window}=${costMicros},${tokens}`);
  return [currency, ...amounts].join(';');
}

/** For what runs. */
export interface Reserved {
  tasks: number;
  costMicros: number;
  tokens: number;
}

/** Nothing new begins, and no other turn. */
export const STOPPING: ReadonlySet<LimitLevel> = new Set(['closed', 'reached']);
/** After nothing fitted any more, so much of the limit has to be free before anything begins: else it would close and open with every task. */
const ROOM_SHARE = 0.05;

const MEASURES = ['costMicros', 'tokens'] as const;
type Measure = (typeof MEASURES)[number];

/** Nothing new begins under it. */
export function isHolding({ level, waits }: Pick<SpendLimit, 'level' | 'waits'>): boolean {
  return STOPPING.has(level) || waits !== undefined;
}

/** Of the period that is closest to being used up. */
export function shareOf(limit: SpendLimit): number {
  return Math.max(0, ...limit.periods.map((period) => periodShare(limit, period)));
}

export function periodShare(limit: SpendLimit, { amounts, used }: Period): number {
  const shares = MEASURES.map((measure) => {
    const amount = amounts[measure];
    return amount === undefined ? 0 : usedBy(limit, used, measure) / amount;
  });
  return Math.max(0, ...shares);
}

/** The period that is used up first. */
export function fullestOf(limit: SpendLimit): Period | undefined {
  const share = shareOf(limit);
  return limit.periods.find((period) => periodShare(limit, period) === share) ?? limit.periods[0];
}

export function levelOf(limit: SpendLimit): LimitLevel {
  const share = shareOf(limit);
  if (share >= LIMIT_SHARES.reached) return 'reached';
  if (share >= LIMIT_SHARES.closed) return 'closed';
  return share >= LIMIT_SHARES.warned ? 'warned' : 'open';
}

/** A cost without a currency counts as one in that of the limit. */
export function usedBy({ currency }: Pick<SpendLimit, 'currency'>, used: Figures, measure: Measure): number {
  if (measure === 'tokens') return used.inputTokens + used.outputTokens;
  const own = currency === undefined ? 0 : (used.cost[currency] ?? 0);
  return own + (currency === NO_CURRENCY ? 0 : (used.cost[NO_CURRENCY] ?? 0));
}

/** Whether so much fits beside what is used and reserved. What runs alone always does: the limit ends it when it is reached. */
export function fits(limit: SpendLimit, reserved: Reserved, more: Amounts): boolean {
  return reserved.tasks === 0 || hasRoom(limit, reserved, (measure) => more[measure] ?? 0);
}

/** Whether tasks may begin again after one did not fit. */
export function fitsAgain(limit: SpendLimit, reserved: Reserved): boolean {
  const { waits } = limit;
  if (waits === undefined || reserved.tasks === 0) return true;
  return hasRoom(limit, reserved, (measure, amount) => Math.max(waits[measure] ?? 0, ROOM_SHARE * amount));
}

function hasRoom(limit: SpendLimit, reserved: Reserved, needed: (measure: Measure, amount: number) => number): boolean {
  return limit.periods.every(({ amounts, used }) =>
    MEASURES.every((measure) => {
      const amount = amounts[measure];
      if (amount === undefined) return true;
      return amount - usedBy(limit, used, measure) - reserved[measure] >= needed(measure, amount);
    }),
  );
}

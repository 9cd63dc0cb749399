// Spend limits as records of a snapshot, and back.

import type { LoadTable, State } from '../state.js';
import { reserveForAll } from './account.js';
import { addLimit } from './apply.js';
import type { SpendLimit } from './limit.js';

export type LimitRecord = { readonly kind: 'limit'; readonly value: Omit<SpendLimit, 'of'> };

/** In the order they came. */
export function* dumpLimits({ limits }: State): Iterable<LimitRecord> {
  for (const limit of limits.all()) {
    const { id, scope, org, owner, currency, by, since, level, waits, notice } = limit;
    const periods = limit.periods.map(({ window, amounts, used, since: from, until }) => ({
      ...{ window, amounts, used: { ...used, cost: sorted(used.cost) }, since: from, until },
    }));
    yield { kind: 'limit', value: { id, scope, org, owner, currency, periods, by, since, level, waits, notice } };
  }
}

/** However it was added up. */
function sorted(cost: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(cost).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A field that a record leaves out has its place. */
export const loadLimits: LoadTable<LimitRecord> = {
  limit: (state, { currency, waits, notice, org, periods, ...more }) => {
    const whole = periods.map(({ until, ...period }) => ({ ...period, until }));
    addLimit(state, { ...more, org, currency, waits, notice, periods: whole });
  },
};

/** Once tasks and agents are there. */
export function indexReservations(state: State): void {
  if (!state.limits.isEmpty) reserveForAll(state, undefined);
}

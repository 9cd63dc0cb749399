// Spend limits as their events leave them, and what matching is told of them.

import { ImpossibleEvent } from '../event-errors.js';
import { noFigures } from '../ledger/ledger.js';
import type { ApplyTable, State } from '../state.js';
import { heldBy, holdOf } from '../task/hold-scope.js';
import { holdBack, letGo } from '../task/holding.js';
import { expectOfAll, reserveForAll } from './account.js';
import type { LimitEvent } from './events.js';
import { isHolding, type Period, type SpendLimit } from './limit.js';

type Set = Extract<LimitEvent, { readonly type: 'limit.set' }>;

export const limitEvents: ApplyTable<LimitEvent> = {
  'limit.set': (state, event, at) => {
    const known = state.limits.get(event.limit);
    const { limit: id, scope, org, owner, currency, by } = event;
    if (known === undefined) {
      const fresh = { level: 'open' as const, waits: undefined, notice: undefined };
      addLimit(state, { id, scope, org, owner, currency, by, since: at, periods: periodsOf(event, []), ...fresh });
      if (event.estimate !== undefined) expectOfAll(state, org, event.estimate);
      return reserveForAll(state, org);
    }
    known.currency = currency;
    known.by = by;
    known.periods = periodsOf(event, known.periods);
    schedule(state, known);
    state.limits.changed.add(known);
  },
  'limit.removed': (state, { limit: id }) => {
    const limit = limitOf(state, id);
    if (isHolding(limit)) letGo(state, holdOf(limit));
    state.limits.delete(limit);
    // What it has stopped goes on page by page.
    state.deadlines.set('spend', id, state.now);
  },
  'limit.period_began': (state, { limit: id, window, since, until }) => {
    const limit = limitOf(state, id);
    limit.periods = limit.periods.map((period) =>
      period.window === window ? { ...period, used: noFigures(), since, until } : period,
    );
    schedule(state, limit);
    state.limits.changed.add(limit);
  },
  'limit.moved': (state, { limit: id, level, waits, notice }) => {
    const limit = limitOf(state, id);
    const before = isHolding(limit);
    limit.level = level;
    limit.waits = waits;
    if (notice !== undefined || level === 'open') limit.notice = notice;
    if (!before && isHolding(limit)) holdBack(state, holdOf(limit));
    if (before && !isHolding(limit)) letGo(state, holdOf(limit));
    state.limits.moved.add(limit);
    state.deadlines.set('spend', id, state.now);
  },
};

/** What it holds back it holds back again; what is to be stopped or to go on is looked at once more. */
export function addLimit(state: State, facts: Omit<SpendLimit, 'of'>): void {
  const limit: SpendLimit = { ...facts, of: heldBy(facts.scope) };
  state.limits.add(limit);
  if (isHolding(limit)) holdBack(state, holdOf(limit));
  schedule(state, limit);
  state.limits.changed.add(limit);
  state.deadlines.set('spend', limit.id, state.now);
}

/** A day and a month end by the wall clock. An end that was set before is dropped when it falls due. */
export function schedule(state: State, { id, periods }: SpendLimit): void {
  for (const { until } of periods)
    if (until !== undefined) state.deadlines.set('spend', id, until - state.wallOffsetMs);
}

function periodsOf({ periods }: Set, before: readonly Period[]): Period[] {
  return periods.map(({ window, amounts, begins }) => {
    if (begins !== undefined) {
      const { used, since, until } = begins;
      return { window, amounts, used: { ...used, cost: { ...used.cost } }, since, until };
    }
    const known = before.find((period) => period.window === window);
    if (known === undefined) throw new ImpossibleEvent(`a ${window} has not begun`);
    return { ...known, amounts };
  });
}

function limitOf(state: State, id: string): SpendLimit {
  const limit = state.limits.get(id);
  if (limit === undefined) throw new ImpossibleEvent(`spend limit ${id} is not there`);
  return limit;
}

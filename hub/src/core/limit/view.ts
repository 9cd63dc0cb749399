// Spend limits as the outside sees them.

import type { LimitView } from '@agentcom/schemas';
import { NO_CURRENCY } from '@agentcom/schemas';
import { iso } from '../iso.js';
import { isHolding, type Period, periodShare, type Reserved, type SpendLimit, usedBy } from './limit.js';

/** Who set it is told to their own organisation only. A correction of an earlier period may leave less than nothing. */
export function limitView(limit: SpendLimit, reserved: Reserved, org: string): LimitView {
  const { scope, currency, periods, level, owner, by, since, waits } = limit;
  return {
    scope,
    ...(currency !== undefined && { currency }),
    windows: periods.map((period) => periodView(limit, period)),
    reserved: { ...reserved },
    level,
    ...(isHolding(limit) && { holdsBack: waits === undefined ? 'used' : 'reserved' }),
    by: owner === org ? by : 'hub',
    since: iso(since),
  };
}

function periodView(limit: SpendLimit, period: Period): LimitView['windows'][number] {
  const { window, amounts, used, since, until } = period;
  const isOther = (currency: string): boolean => currency !== NO_CURRENCY && currency !== limit.currency;
  return {
    window,
    ...amounts,
    used: {
      costMicros: Math.max(0, usedBy(limit, used, 'costMicros')),
      tokens: Math.max(0, usedBy(limit, used, 'tokens')),
      unpricedTokens: Math.max(0, used.unpricedTokens),
      unknownCost: Math.max(0, used.unknownCost),
      otherCosts: Object.entries(used.cost)
        .filter(([name, costMicros]) => isOther(name) && costMicros > 0)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, costMicros]) => ({ currency: name, costMicros })),
    },
    share: periodShare(limit, period),
    since: iso(since),
    ...(until !== undefined && { until: iso(until) }),
  };
}

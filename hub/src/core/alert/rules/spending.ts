// Rules about what work costs.

import { limitScopeText } from '@agentcom/schemas';
import { isSeenBy, type Period, periodShare, type SpendLimit } from '../../limit/limit.js';
import { usedText } from '../../limit/reasons.js';
import { firstSubjects, type OrgRules } from './rule.js';
import { at } from './texts.js';

interface Burning {
  readonly limit: SpendLimit;
  readonly period: Period;
  readonly share: number;
}

export const spendingRules: OrgRules = {
  BudgetBurn: ({ state, org, now }, { forecastPercent, warnPercent }) => {
    const wallNow = now + state.wallOffsetMs;
    const burning = state.limits
      .of(org)
      .filter((limit) => isSeenBy(limit, org))
      .flatMap((limit) => limit.periods.map((period) => ({ limit, period, share: periodShare(limit, period) })))
      .filter((one) => one.share * 100 >= (isForecastPast(one, wallNow) ? forecastPercent : warnPercent))
      .sort((a, b) => b.share - a.share);
    const [worst] = burning;
    if (worst === undefined) return undefined;
    const percent = Math.floor(worst.share * 100);
    return {
      value: percent,
      limit: percent >= warnPercent ? warnPercent : forecastPercent,
      unit: 'percent',
      severity: percent >= 100 ? 'page' : percent >= warnPercent ? 'warn' : 'info',
      subjects: firstSubjects(new Set(burning.map(({ limit }) => limitScopeText(limit.scope))), (id) => ({
        kind: 'limit',
        id,
        name: id,
      })),
      count: new Set(burning.map(({ limit }) => limit)).size,
      why: textOf(worst, percent),
    };
  },
};

/** Whether all of it will be used before its end, if it goes on as since its beginning. */
function isForecastPast({ period, share }: Burning, wallNow: number): boolean {
  if (period.until === undefined) return false;
  const passed = (wallNow - period.since) / (period.until - period.since);
  return passed > 0 && share / Math.min(1, passed) >= 1;
}

function textOf({ limit, period }: Burning, percent: number): string {
  const scope = limitScopeText(limit.scope);
  const ends = period.until === undefined ? 'it has no end' : `it begins anew at ${at(period.until)}`;
  const effect =
    percent >= 100 ? 'what ran under it is stopped' : 'at 85 % nothing new begins, at 100 % what runs is stopped';
  return `${percent} % of the spend limit of ${scope} is used (${usedText(limit, period)}); ${effect}, and ${ends}.`;
}

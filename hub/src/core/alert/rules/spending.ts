// Rules about what work costs.

import { limitScopeText, NO_CURRENCY } from '@agentcom/schemas';
import { dayOf } from '../../access/usage.js';
import type { LedgerRow } from '../../ledger/ledger.js';
import { isSeenBy, type Period, periodShare, type SpendLimit } from '../../limit/limit.js';
import { usedText } from '../../limit/reasons.js';
import type { HourlySpending } from '../hourly-spending.js';
import { firstSubjects, type OrgRules } from './rule.js';
import { at } from './texts.js';

const HOUR_MS = 3_600_000;
/** So many hours tell what a usual one costs. */
const HOURS_KNOWN = 5;
const MODELS_NAMED = 3;

interface Unusual {
  readonly currency: string;
  readonly spent: number;
  readonly usual: number;
  readonly times: number;
}

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

  SpendAnomaly: ({ activity, now }, { timesMedian, floorMicros }) => {
    const found = activity && mostUnusual(activity.spending, now, floorMicros);
    if (found === undefined || found.times < timesMedian) return undefined;
    const { currency, spent, usual, times } = found;
    return {
      value: Math.floor(times),
      limit: timesMedian,
      unit: 'count',
      subjects: [],
      count: 1,
      why: `${money(spent, currency)} were spent since ${at(Math.floor(now / HOUR_MS) * HOUR_MS)}, ${Math.floor(times)} times the ${money(usual, currency)} of a usual hour of the last seven days.`,
    };
  },

  UnpricedUse: ({ state, org, now }, { tokensPerDay }) => {
    const today = state.ledger.of(org)?.on(dayOf(now));
    const tokens = today?.total.unpricedTokens ?? 0;
    if (today === undefined || tokens < tokensPerDay) return undefined;
    const rows = [...today.rows];
    const runners = mostOf(rows, 'runner');
    const models = mostOf(rows, 'model').slice(0, MODELS_NAMED);
    return {
      value: tokens,
      limit: tokensPerDay,
      unit: 'count',
      subjects: firstSubjects(runners, (id) => ({ kind: 'runner', id, name: id })),
      count: Math.max(1, runners.length),
      why: `${tokens} tokens were used without a price today${models.length === 0 ? '' : `, most by ${models.join(', ')}`}: nobody knows what they cost, and no spend limit in money counts them.`,
    };
  },
};

/** The currency of which the most is spent, relative to its own usual hour. */
function mostUnusual(spending: HourlySpending, now: number, floorMicros: number): Unusual | undefined {
  const all = Object.entries(spending.now(now)).flatMap(([currency, spent]): Unusual[] => {
    const before = spending.before(currency, now).sort((a, b) => a - b);
    const usual = before[Math.ceil(before.length / 2) - 1];
    if (usual === undefined || before.length < HOURS_KNOWN || spent < floorMicros) return [];
    return [{ currency, spent, usual, times: spent / usual }];
  });
  return all.sort((a, b) => b.times - a.times)[0];
}

/** The kinds by what they have used, most first. */
function mostOf(rows: readonly LedgerRow[], part: 'runner' | 'model'): string[] {
  const tokens = new Map<string, number>();
  for (const { parts, unpricedTokens } of rows) {
    const name = parts?.[part === 'runner' ? 2 : 3] ?? '';
    if (name !== '' && unpricedTokens > 0) tokens.set(name, (tokens.get(name) ?? 0) + unpricedTokens);
  }
  return [...tokens].sort(([, a], [, b]) => b - a).map(([name]) => name);
}

function money(micros: number, currency: string): string {
  return `${(micros / 1e6).toFixed(2)} ${currency === NO_CURRENCY ? '' : currency}`.trim();
}

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

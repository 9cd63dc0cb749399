// What attempts used: sums, and figures that only grow. A missing figure is unknown, not zero, so it stays missing. Costs are added up within a
// currency only; one without is in a currency of its own.

import { NO_CURRENCY } from '@agentcom/schemas';
import type { Usage } from './events.js';

const FIGURES = ['inputTokens', 'outputTokens', 'costMicros', 'seconds'] as const;

export function addUsage(a: Usage | undefined, b: Usage | undefined): Usage | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (!isOfOneCurrency(a, b)) return ofSeveral(a, b, (x, y) => x + y);
  // A currency without a cost says nothing of the other's cost.
  const [first, second] = a.costMicros === undefined && b.costMicros !== undefined ? [b, a] : [a, b];
  return combined(first, second, (x, y) => x + y);
}

/** What was used beyond `before`, which is a part of `total`. */
export function usageSince(total: Usage | undefined, before: Usage | undefined): Usage | undefined {
  if (total === undefined || before === undefined) return total;
  const negative: Usage = {
    ...(before.inputTokens !== undefined && { inputTokens: -before.inputTokens }),
    ...(before.outputTokens !== undefined && { outputTokens: -before.outputTokens }),
    ...(before.costMicros !== undefined && { costMicros: -before.costMicros }),
    ...(before.seconds !== undefined && { seconds: -before.seconds }),
    ...(before.currency !== undefined && { currency: before.currency }),
    ...(before.otherCosts !== undefined && {
      otherCosts: before.otherCosts.map(({ currency, costMicros }) => ({ currency, costMicros: -costMicros })),
    }),
  };
  return addUsage(total, negative);
}

/** What an attempt has used when it says `said` after `before`: no figure shrinks, and one that is left out stays. */
export function grownUsage(before: Usage | undefined, said: Usage): Usage {
  if (before === undefined) return said;
  const [a, b] = [namedAs(said, before), namedAs(before, said)];
  const hasOthers = a.otherCosts !== undefined || b.otherCosts !== undefined;
  return hasOthers || !isOfOneCurrency(a, b) ? ofSeveral(a, b, Math.max) : combined(a, b, Math.max);
}

/** A cost without a currency is the same cost once it has one, unless both are said side by side. */
function namedAs(by: Usage, usage: Usage): Usage {
  const { currency } = by;
  if (currency === undefined || by.costMicros === undefined || usage.currency !== undefined) return usage;
  const isBeside = usage.otherCosts?.some((cost) => cost.currency === currency) ?? false;
  const hasBoth = by.otherCosts?.some((cost) => cost.currency === NO_CURRENCY) ?? false;
  return isBeside || hasBoth || usage.costMicros === undefined ? usage : { ...usage, currency };
}

export function isSameUsage(a: Usage, b: Usage | undefined): boolean {
  if (b === undefined || a.currency !== b.currency || FIGURES.some((figure) => a[figure] !== b[figure])) return false;
  const [others, more] = [a.otherCosts ?? [], b.otherCosts ?? []];
  return (
    others.length === more.length &&
    others.every(({ currency, costMicros }, i) => more[i]?.currency === currency && more[i]?.costMicros === costMicros)
  );
}

/** Whatever the currencies: what a limit is held against that names none. Undefined while no cost is known. */
export function costInAll({ costMicros, otherCosts }: Usage): number | undefined {
  return otherCosts?.reduce((sum, cost) => sum + cost.costMicros, costMicros ?? 0) ?? costMicros;
}

/** One cost stands for all of them. */
export function inOneCost(used: Usage): Usage {
  const { otherCosts, ...rest } = used;
  const costMicros = costInAll(used);
  return otherCosts === undefined || costMicros === undefined ? rest : { ...rest, costMicros };
}

function combined(a: Usage, b: Usage, of: (x: number, y: number) => number): Usage {
  const known = FIGURES.filter((figure) => a[figure] !== undefined || b[figure] !== undefined);
  const currency = a.currency ?? b.currency;
  return {
    ...Object.fromEntries(known.map((figure) => [figure, of(a[figure] ?? 0, b[figure] ?? 0)])),
    ...(currency !== undefined && { currency }),
  };
}

function isOfOneCurrency(a: Usage, b: Usage): boolean {
  if (a.otherCosts !== undefined || b.otherCosts !== undefined) return false;
  return a.costMicros === undefined || b.costMicros === undefined || a.currency === b.currency;
}

/** In the order in which the currencies came up. */
function ofSeveral(a: Usage, b: Usage, of: (x: number, y: number) => number): Usage {
  const costs = new Map<string, number>();
  for (const [currency, micros] of [...costsIn(a), ...costsIn(b)])
    costs.set(currency, of(costs.get(currency) ?? 0, micros));
  const [first = NO_CURRENCY, ...others] = [...costs.keys()];
  const { costMicros: _cost, currency: _currency, ...rest } = combined(a, b, of);
  const otherCosts = others
    .map((currency) => ({ currency, costMicros: costs.get(currency) ?? 0 }))
    .filter(({ costMicros }) => costMicros !== 0);
  return {
    ...rest,
    costMicros: costs.get(first) ?? 0,
    ...(first !== NO_CURRENCY && { currency: first }),
    ...(otherCosts.length > 0 && { otherCosts }),
  };
}

/** Each currency once, the first one first. */
export function costsIn({ costMicros, currency = NO_CURRENCY, otherCosts = [] }: Usage): (readonly [string, number])[] {
  const others = otherCosts.map((cost) => [cost.currency, cost.costMicros] as const);
  return costMicros === undefined ? others : [[currency, costMicros], ...others];
}

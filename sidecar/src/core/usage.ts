// What turns have used, added up, and made fit for a report whatever an agent's tool has said.

import type { Usage } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import { NO_CURRENCY } from '@agentcom/schemas/names';
import type { Exit } from './attempt.js';

const CURRENCY = /^[A-Z]{3}$/;

/** The sum, with the costs of each currency by themselves. What is known of only one of the two is taken from it. */
export function addUsage(a: Usage, b: Usage): Usage {
  const costs = new Map<string, number>();
  for (const [currency, micros] of [...costsIn(a), ...costsIn(b)])
    costs.set(currency, (costs.get(currency) ?? 0) + micros);
  const [[first, costMicros] = [a.currency ?? b.currency ?? NO_CURRENCY, undefined], ...others] = costs;
  return present({
    inputTokens: sum(a.inputTokens, b.inputTokens),
    outputTokens: sum(a.outputTokens, b.outputTokens),
    costMicros,
    currency: first === NO_CURRENCY ? undefined : first,
    seconds: sum(a.seconds, b.seconds),
    otherCosts:
      others.length === 0 ? undefined : others.map(([currency, micros]) => ({ currency, costMicros: micros })),
  });
}

/** Whatever the currencies: a budget names none. */
export function costInAll({ costMicros = 0, otherCosts = [] }: Usage): number {
  return otherCosts.reduce((all, cost) => all + cost.costMicros, costMicros);
}

function costsIn({ costMicros, currency = NO_CURRENCY, otherCosts = [] }: Usage): (readonly [string, number])[] {
  const others = otherCosts.map((cost) => [cost.currency, cost.costMicros] as const);
  return costMicros === undefined ? others : [[currency, costMicros], ...others];
}

export function usageOf({ usage, seconds }: Exit): Usage {
  return { ...usage, seconds: usage.seconds ?? seconds };
}

/** Within what the hub takes: whole numbers from 0 to the largest amount, and so many currencies. */
export function reportable(usage: Usage): Usage {
  const others = usage.otherCosts?.map(({ currency, costMicros }) => ({
    currency,
    costMicros: whole(costMicros) ?? 0,
  }));
  return present({
    otherCosts: others?.filter(({ currency }) => CURRENCY.test(currency)).slice(0, LIMITS.otherCosts),
    inputTokens: whole(usage.inputTokens),
    outputTokens: whole(usage.outputTokens),
    costMicros: whole(usage.costMicros),
    currency: CURRENCY.test(usage.currency ?? '') ? usage.currency : undefined,
    seconds: within(usage.seconds),
  });
}

type Figures = { readonly [Name in keyof Usage]?: Usage[Name] | undefined };

function present(figures: Figures): Usage {
  return Object.fromEntries(Object.entries(figures).filter(([, figure]) => figure !== undefined));
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : a + (b ?? 0);
}

function whole(amount: number | undefined): number | undefined {
  const bounded = within(amount);
  return bounded === undefined ? undefined : Math.round(bounded);
}

function within(amount: number | undefined): number | undefined {
  if (amount === undefined || Number.isNaN(amount)) return undefined;
  return Math.min(Math.max(amount, 0), LIMITS.amount);
}

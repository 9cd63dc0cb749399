// What turns have used, added up, and made fit for a report whatever an agent's tool has said.

import type { Usage } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import type { Exit } from './attempt.js';

/** The sum. What is known of only one of the two is taken from it; cost in another currency is left out, since it cannot be added. */
export function addUsage(a: Usage, b: Usage): Usage {
  const isSameMoney = a.costMicros === undefined || b.costMicros === undefined || a.currency === b.currency;
  const currency = a.costMicros === undefined ? (b.currency ?? a.currency) : a.currency;
  return present({
    inputTokens: sum(a.inputTokens, b.inputTokens),
    outputTokens: sum(a.outputTokens, b.outputTokens),
    costMicros: isSameMoney ? sum(a.costMicros, b.costMicros) : a.costMicros,
    currency,
    seconds: sum(a.seconds, b.seconds),
  });
}

export function usageOf({ usage, seconds }: Exit): Usage {
  return { ...usage, seconds: usage.seconds ?? seconds };
}

/** Within what the hub takes: whole numbers from 0 to the largest amount. */
export function reportable(usage: Usage): Usage {
  return present({
    inputTokens: whole(usage.inputTokens),
    outputTokens: whole(usage.outputTokens),
    costMicros: whole(usage.costMicros),
    currency: /^[A-Z]{3}$/.test(usage.currency ?? '') ? usage.currency : undefined,
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

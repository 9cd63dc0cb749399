// What a turn has used: the growth of what its tool has counted, priced where the tool names no cost, against what may be used.

import type { Usage } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import { type Price, priceOf } from '@agentcom/schemas/prices';
import type { Counters } from './attempt.js';
import type { Budget } from './budget.js';

/** What a tool says of its use. `session`: since the session began, resumed turns included; `turn`: since this turn began. */
export interface Reading {
  readonly scope: 'session' | 'turn';
  readonly counters: Counters;
  /** Of the cost; without one the tool names no cost. */
  readonly currency?: string;
}

export const NOTHING: Counters = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, costMicros: 0 };

/** What the turn itself has used. `before`: what the session had used when the turn began; null for a session that the turn began. */
export function growthOf({ scope, counters }: Reading, before: Counters | null): Counters {
  const now = sane(counters);
  if (scope === 'turn' || before === null) return now;
  const then = sane(before);
  // Fewer tokens than before: the tool has begun to count anew.
  if (now.inputTokens < then.inputTokens || now.outputTokens < then.outputTokens) return now;
  return {
    inputTokens: now.inputTokens - then.inputTokens,
    cachedInputTokens: growth(now.cachedInputTokens, then.cachedInputTokens),
    outputTokens: now.outputTokens - then.outputTokens,
    costMicros: growth(now.costMicros, then.costMicros),
  };
}

/** What the next turn of the session has as `before`: as the tool said it, or for one that counts turns, their sum. */
export function sessionTotal({ scope, counters }: Reading, before: Counters | null): Counters {
  return scope === 'session' || before === null ? sane(counters) : sum(sane(before), sane(counters));
}

/** The usage to report. Cost is left out when neither the tool nor a price says it. */
export function usageOf(growth: Counters, currency: string | undefined, price: Price | undefined): Usage {
  const { inputTokens, outputTokens } = growth;
  const tokens = { inputTokens, outputTokens };
  if (currency !== undefined) return { ...tokens, costMicros: growth.costMicros, currency };
  if (price === undefined) return tokens;
  return { ...tokens, costMicros: priced(growth, price), currency: price.currency };
}

/**
 * By a gateway's own price, else by what the tool says of a model that is on our list: of any other model a tool makes up the price that it
 * says. Cost is left out when neither is there.
 */
export function usageBehindGateway(
  growth: Counters,
  currency: string | undefined,
  model: string | null,
  { gatewayPrices, prices }: { readonly gatewayPrices: readonly Price[]; readonly prices: readonly Price[] },
): Usage {
  const own = priceOf(gatewayPrices, model);
  if (own !== undefined) return usageOf(growth, undefined, own);
  const listed = priceOf(prices, model);
  return usageOf(growth, listed === undefined ? undefined : currency, listed);
}

/** What the use would cost at the highest prices that are known: what a budget of money is held to where the model has no price. */
export function costAtMost(growth: Counters, prices: readonly Price[]): number {
  const highest = (part: (price: Price) => number): number => Math.max(0, ...prices.map(part));
  const dearest = {
    model: '*',
    currency: '',
    input: highest(({ input }) => input),
    cachedInput: highest(({ cachedInput }) => cachedInput),
    output: highest(({ output }) => output),
  };
  return priced(growth, dearest);
}

/** Whether more was used than may be. What is not known counts as nothing. */
export function isBeyond(left: Budget, usage: Usage): boolean {
  const { costMicros = Number.POSITIVE_INFINITY, tokens = Number.POSITIVE_INFINITY } = left;
  return (usage.costMicros ?? 0) > costMicros || (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0) > tokens;
}

/** A price for a million tokens is one millionth of it for each. */
function priced({ inputTokens, cachedInputTokens = 0, outputTokens }: Counters, price: Price): number {
  const cached = Math.min(cachedInputTokens, inputTokens);
  const cost = (inputTokens - cached) * price.input + cached * price.cachedInput + outputTokens * price.output;
  return Math.min(Math.round(cost), LIMITS.amount);
}

/** Whole numbers within what the hub takes; a tool may say anything. */
function sane({ inputTokens, cachedInputTokens = 0, outputTokens, costMicros }: Counters): Required<Counters> {
  return {
    inputTokens: amount(inputTokens),
    cachedInputTokens: amount(cachedInputTokens),
    outputTokens: amount(outputTokens),
    costMicros: amount(costMicros),
  };
}

function amount(value: number): number {
  return Number.isFinite(value) ? Math.round(Math.min(Math.max(0, value), LIMITS.amount)) : 0;
}

/** A tool may count tokens over the session, and money over its process. */
function growth(now: number, then: number): number {
  return now < then ? now : now - then;
}

function sum(a: Counters, b: Counters): Counters {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    cachedInputTokens: (a.cachedInputTokens ?? 0) + (b.cachedInputTokens ?? 0),
    outputTokens: a.outputTokens + b.outputTokens,
    costMicros: a.costMicros + b.costMicros,
  };
}

// What work has used, as people read it.

import type { TaskView, Usage, UsageTotal } from '@agentcom/schemas';
import { NO_CURRENCY } from '@agentcom/schemas/names';
import { duration } from './text.js';

const MICROS = 1_000_000;

/** `0.42 USD`; parts of a cent are shown where there is nothing else. */
export function money(costMicros: number, currency = ''): string {
  const digits = costMicros > 0 && costMicros < MICROS / 100 ? 4 : 2;
  return `${(costMicros / MICROS).toFixed(digits)} ${currency}`.trim();
}

/** Each currency by itself; undefined when there is none. */
export function costsText(
  costs: readonly { readonly currency: string; readonly costMicros: number }[],
): string | undefined {
  if (costs.length === 0) return undefined;
  return costs
    .map(({ currency, costMicros }) => money(costMicros, currency === NO_CURRENCY ? '' : currency))
    .join(', ');
}

/** `3.52 USD + 2 unknown`: what is not known is said, never shown as nothing. Undefined when nothing was spent. */
export function spentText(costs: Parameters<typeof costsText>[0], unknown: number): string | undefined {
  const known = costsText(costs);
  if (unknown === 0) return known;
  return known === undefined ? 'unknown' : `${known} + ${amount(unknown)} unknown`;
}

/** `12,345`. */
export function amount(count: number): string {
  return count.toLocaleString('en', { useGrouping: 'always' });
}

/** Undefined when nothing is known. */
export function usageText(usage: UsageTotal | undefined): string | undefined {
  if (usage === undefined) return undefined;
  const { inputTokens, outputTokens, costMicros, currency, otherCosts, seconds } = usage;
  const parts = [
    costMicros === undefined ? '' : money(costMicros, currency),
    costsText(otherCosts ?? []) ?? '',
    inputTokens === undefined ? '' : `${amount(inputTokens)} tokens in`,
    outputTokens === undefined ? '' : `${amount(outputTokens)} tokens out`,
    seconds === undefined ? '' : duration(seconds * 1000),
  ].filter((part) => part !== '');
  return parts.length === 0 ? undefined : parts.join(', ');
}

/** What the task has used of what it may use; undefined when it has no budget. */
export function budgetText({ budget, usage }: Pick<TaskView, 'budget' | 'usage'>): string | undefined {
  if (budget === undefined) return undefined;
  const parts: string[] = [];
  if (budget.costMicros !== undefined) {
    const used = partOf(usage, usage?.costMicros, money);
    parts.push(`${used} of ${money(budget.costMicros, usage?.currency)}`);
  }
  if (budget.tokens !== undefined) {
    const { inputTokens, outputTokens } = usage ?? {};
    const tokens = inputTokens === undefined ? outputTokens : inputTokens + (outputTokens ?? 0);
    const used = partOf(usage, tokens, amount);
    parts.push(`${used} of ${amount(budget.tokens)} tokens`);
  }
  return parts.length === 0 ? undefined : parts.join(', ');
}

/** Work whose program does not tell what it used is not work that used nothing. */
function partOf(usage: Usage | undefined, used: number | undefined, text: (count: number) => string): string {
  if (usage === undefined) return text(0);
  return used === undefined ? 'an unknown amount' : text(used);
}

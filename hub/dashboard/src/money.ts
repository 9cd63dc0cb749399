// Money as people read it. Pure.

import type { Money } from '@agentcom/schemas';
import { NO_CURRENCY } from '@agentcom/schemas/names';
import { formatMoney } from './format.js';
import { texts } from './texts/common.js';

/** A sum where one that nobody named a currency for must not be taken for another. */
export function formatAmount({ currency, costMicros }: Money): string {
  const amount = formatMoney(costMicros, currency);
  return currency === NO_CURRENCY ? `${amount} ${texts.shell.noCurrency}` : amount;
}

/** Sums, none of which can be added to another. */
export function formatAmounts(amounts: readonly Money[]): string {
  return amounts.map(formatAmount).join(' + ');
}

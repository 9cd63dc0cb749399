// Money as people read it. Pure.

import type { Money } from '@agentcom/schemas';
import { NO_CURRENCY } from '@agentcom/schemas/names';
import { formatMoney } from './format.js';
import { texts } from './texts/common.js';

/** In the currency that was said. A sign for one that nobody named would be read as one. */
export function formatAmount({ currency, costMicros }: Money): string {
  if (currency !== NO_CURRENCY) return formatMoney(costMicros, currency);
  return `${formatMoney(costMicros, NO_CURRENCY).replace(/[¤\s]|XXX/g, '')} ${texts.shell.noCurrency}`;
}

/** Sums, none of which can be added to another. */
export function formatAmounts(amounts: readonly Money[]): string {
  return amounts.map(formatAmount).join(' + ');
}

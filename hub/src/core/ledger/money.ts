// Sums of the ledger as the outside sees them.

import type { Money } from '@agentcom/schemas';
import type { Figures } from './ledger.js';

/** Each currency by itself. */
export function moneyOf(cost: Figures['cost']): Money[] {
  return Object.entries(cost)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, costMicros]) => ({ currency, costMicros }));
}

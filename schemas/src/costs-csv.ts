// Costs as a table for spreadsheets: one row a group, one column a currency.

import type { CostItem, CostReport } from './costs.js';

/** A spreadsheet would run what begins like this. */
const FORMULA = /^[=+\-@\t\r]/;

export function costsCsv({ by, items }: Pick<CostReport, 'by' | 'items'>): string {
  const currencies = [...new Set(items.flatMap(({ costs }) => costs.map(({ currency }) => currency)))].sort();
  const figures = ['attempts', 'unknownCost', 'inputTokens', 'outputTokens', 'unpricedTokens', 'seconds'] as const;
  const head = [...by, 'other', ...figures, ...currencies.map((currency) => `costMicros ${currency}`)];
  const rows = items.map((item) => [
    ...by.map((dimension) => item.group[dimension] ?? ''),
    item.other === true ? 'yes' : '',
    ...figures.map((figure) => String(item[figure])),
    ...currencies.map((currency) => costIn(item, currency)),
  ]);
  return [head, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function costIn({ costs }: CostItem, currency: string): string {
  const known = costs.find((one) => one.currency === currency);
  return known === undefined ? '' : String(known.costMicros);
}

function cell(text: string): string {
  const safe = FORMULA.test(text) && !/^-?\d+$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

// What attempts used: sums, and figures that only grow. A missing figure is unknown, not zero, so it stays missing.

import type { Usage } from './events.js';

const FIGURES = ['inputTokens', 'outputTokens', 'costMicros', 'seconds'] as const;

export function addUsage(a: Usage | undefined, b: Usage | undefined): Usage | undefined {
  return a === undefined || b === undefined ? (a ?? b) : combined(a, b, (x, y) => x + y);
}

/** What was used beyond `before`, which is a part of `total`. */
export function usageSince(total: Usage | undefined, before: Usage | undefined): Usage | undefined {
  if (total === undefined || before === undefined) return total;
  const negative: Usage = {
    ...(before.inputTokens !== undefined && { inputTokens: -before.inputTokens }),
    ...(before.outputTokens !== undefined && { outputTokens: -before.outputTokens }),
    ...(before.costMicros !== undefined && { costMicros: -before.costMicros }),
    ...(before.seconds !== undefined && { seconds: -before.seconds }),
  };
  return addUsage(total, negative);
}

/** What an attempt has used when it says `said` after `before`: no figure shrinks, and one that is left out stays. */
export function grownUsage(before: Usage | undefined, said: Usage): Usage {
  return before === undefined ? said : combined(before, said, Math.max);
}

export function isSameUsage(a: Usage, b: Usage | undefined): boolean {
  return b !== undefined && a.currency === b.currency && FIGURES.every((figure) => a[figure] === b[figure]);
}

function combined(a: Usage, b: Usage, of: (x: number, y: number) => number): Usage {
  const known = FIGURES.filter((figure) => a[figure] !== undefined || b[figure] !== undefined);
  const currency = a.currency ?? b.currency;
  return {
    ...Object.fromEntries(known.map((figure) => [figure, of(a[figure] ?? 0, b[figure] ?? 0)])),
    ...(currency !== undefined && { currency }),
  };
}

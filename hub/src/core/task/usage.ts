// Sums of what attempts used. A missing figure is unknown, not zero, so it stays missing in the sum.

import type { Usage } from './events.js';

export function addUsage(a: Usage | undefined, b: Usage | undefined): Usage | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const currency = a.currency ?? b.currency;
  return {
    ...sum('inputTokens', a, b),
    ...sum('outputTokens', a, b),
    ...sum('costMicros', a, b),
    ...sum('seconds', a, b),
    ...(currency !== undefined && { currency }),
  };
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

function sum<K extends 'inputTokens' | 'outputTokens' | 'costMicros' | 'seconds'>(
  field: K,
  a: Usage,
  b: Usage,
): { [P in K]?: number } {
  if (a[field] === undefined && b[field] === undefined) return {};
  return { [field]: (a[field] ?? 0) + (b[field] ?? 0) } as { [P in K]?: number };
}

/** What an attempt has used when it says `said` after `before`: no figure shrinks, and one that is left out stays. */
export function grownUsage(before: Usage | undefined, said: Usage): Usage {
  if (before === undefined) return said;
  const currency = before.currency ?? said.currency;
  return {
    ...larger('inputTokens', before, said),
    ...larger('outputTokens', before, said),
    ...larger('costMicros', before, said),
    ...larger('seconds', before, said),
    ...(currency !== undefined && { currency }),
  };
}

function larger<K extends 'inputTokens' | 'outputTokens' | 'costMicros' | 'seconds'>(
  field: K,
  a: Usage,
  b: Usage,
): { [P in K]?: number } {
  if (a[field] === undefined && b[field] === undefined) return {};
  return { [field]: Math.max(a[field] ?? 0, b[field] ?? 0) } as { [P in K]?: number };
}

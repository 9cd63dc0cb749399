// Arithmetic on measurements.

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** Nearest rank: the smallest value that at least `part` of all values do not exceed. NaN without values. */
export function percentile(values: readonly number[], part: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(part * sorted.length) - 1))] as number;
}

export function rounded(value: number, digits = 0): number {
  return Number(value.toFixed(digits));
}

export const MIB = 1024 ** 2;

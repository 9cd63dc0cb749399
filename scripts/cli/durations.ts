// Lengths of time as people write them: `90`, `500ms`, `90s`, `10m`, `2h`, `1d`.

const MS_OF: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** In milliseconds; a number alone is in seconds. Undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit] = /^(\d{1,9})(ms|[smhd])?$/.exec(text) ?? [];
  if (number === undefined) return undefined;
  return Number(number) * (MS_OF[unit ?? 's'] ?? Number.NaN);
}

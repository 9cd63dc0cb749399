// Lengths of time as people write them: `90`, `500ms`, `90s`, `10m`, `2h`, `1d`, `1h30m`.

const MS_OF: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const PART = /(\d{1,9})(ms|[smhd])/g;

/** In milliseconds; a number alone is in seconds. Undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  if (!/^(?:\d{1,9}(?:ms|[smhd])){1,4}$/.test(text)) return undefined;
  let total = 0;
  let before = Number.POSITIVE_INFINITY;
  for (const [, number, unit = ''] of text.matchAll(PART)) {
    const ms = MS_OF[unit] ?? Number.NaN;
    // From the largest unit down, each once.
    if (ms >= before) return undefined;
    before = ms;
    total += Number(number) * ms;
  }
  return total;
}

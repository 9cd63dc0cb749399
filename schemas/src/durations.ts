// Lengths of time as people write them: `90`, `500ms`, `90s`, `10m`, `2h`, `1d`, `1h30m`.

const MS_OF: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const PART = /(\d{1,9})(ms|[smhd])/g;

/** In milliseconds; a number alone is in seconds. Undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  if (!/^(?:\d{1,9}(?:ms|[smhd])){1,5}$/.test(text)) return undefined;
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

/** The same again, as `parseDuration` reads it; `ms` is a whole number. */
export function durationText(ms: number): string {
  let left = ms;
  let text = '';
  for (const [unit, size] of Object.entries(MS_OF).reverse()) {
    const whole = Math.floor(left / size);
    left -= whole * size;
    if (whole > 0) text += `${whole}${unit}`;
  }
  return text === '' ? '0s' : text;
}

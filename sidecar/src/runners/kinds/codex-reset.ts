// When a usage limit of Codex ends. It says so to people only, in local time: `try again at 1:02 PM` on the same day, else
// `try again at Nov 23rd, 2026 12:23 PM`.

const TIME = /try again at (?:([A-Z][a-z]{2}) (\d{1,2})[a-z]{2}, (\d{4}) )?(\d{1,2}):(\d{2}) ([AP])M/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** RFC 3339, the minute after the one named, which may be just beginning; null when the text names no time. */
export function resetTimeIn(text: string, now: Date): string | null {
  const found = TIME.exec(text);
  if (found === null) return null;
  const [, monthName, day, year, hour12, minute, half] = found;
  const month = monthName === undefined ? now.getMonth() : MONTHS.indexOf(monthName);
  if (month === -1) return null;
  const hour = (Number(hour12) % 12) + (half === 'P' ? 12 : 0);
  const at = new Date(Number(year ?? now.getFullYear()), month, Number(day ?? now.getDate()), hour, Number(minute) + 1);
  return at.toISOString();
}

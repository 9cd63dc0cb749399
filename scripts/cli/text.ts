// Texts for people: nothing that comes from a hub, a task or an agent may move the cursor or colour the terminal.

/**
 * Everything that is no character to read, except line ends and tabs: `\p{Cc}` and `\p{Bidi_Control}`, written out because a busy hub
 * looks through megabytes of log a second, which takes a quarter of the time then.
 */
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The text without control characters and direction marks; line ends and tabs stay. */
export function printable(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(CONTROL, '·');
}

/** As `printable`, under a heading: no line of it can pass for one of ours. */
export function indented(text: string): string {
  return printable(text).trimEnd().replace(/^/gm, '  ');
}

/** JSON that also a terminal can show: what `printable` leaves out is escaped. */
export function printableJson(json: string): string {
  return json.replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** As `printableJson`, in one line. */
export function jsonLine(value: unknown): string {
  return `${printableJson(JSON.stringify(value))}\n`;
}

/** As `printable`, in one line. */
export function oneLine(text: string): string {
  return printable(text).replace(/\s+/g, ' ').trim();
}

/** As `oneLine`, with a stop after a first line that has none: that of an error whose output follows. */
export function sentences(text: string): string {
  return oneLine(text.trimStart().replace(/([^\s.:;,!?])[ \t]*\r?\n/, '$1. '));
}

/** The first line that says something: the reason of an error, without the output that follows it. */
export function firstLine(text: string): string {
  return oneLine(text.trimStart().split('\n', 1)[0] ?? '');
}

const STEPS = [
  { ms: 86_400_000, unit: 'd' },
  { ms: 3_600_000, unit: 'h' },
  { ms: 60_000, unit: 'min' },
] as const;

/** A length of time in one or two units: `350 ms`, `4.2 s`, `3 min`, `2 h 5 min`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const index = STEPS.findIndex((step) => ms >= step.ms);
  const step = STEPS[index] ?? STEPS[2];
  const whole = Math.floor(ms / step.ms);
  const next = STEPS[index + 1];
  const rest = next === undefined ? 0 : Math.floor((ms % step.ms) / next.ms);
  return next === undefined || rest === 0 ? `${whole} ${step.unit}` : `${whole} ${step.unit} ${rest} ${next.unit}`;
}

/** How long ago a time of the hub is: `3 min ago`, or `in 3 min`. */
export function ago(timestamp: string, now: number): string {
  const ms = now - Date.parse(timestamp);
  if (Number.isNaN(ms)) return oneLine(timestamp);
  if (Math.abs(ms) < 1000) return 'now';
  return ms > 0 ? `${duration(ms)} ago` : `in ${duration(-ms)}`;
}

/** As `ago`, with the time on the clock of this machine: `3 min ago (2026-01-31 12:00:00)`. */
export function when(timestamp: string, now: number): string {
  const at = new Date(timestamp);
  if (Number.isNaN(at.getTime())) return oneLine(timestamp);
  const two = (part: number): string => String(part).padStart(2, '0');
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${ago(timestamp, now)} (${date} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())})`;
}

/** `1 task`, `2 tasks`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** A text as one word for a shell that a person pastes it into. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** How long something goes on, to the minute: the hub's clock and ours differ a little, and the answer took a moment. */
export function validFor(expiresAt: string, now: number): string {
  return duration(Math.round((Date.parse(expiresAt) - now) / 60_000) * 60_000);
}

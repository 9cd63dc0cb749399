// Days and times of day that a query names, by the clock of whoever asks: `today`, `monday`, `2026-01-31`, `2026-01-31T12:00`, and from one to another.

/** `now` in ms; `zone` by its IANA name, such as `Europe/Berlin`. */
export interface QueryClock {
  readonly now: number;
  readonly zone: string;
}

/** From `from` on, and before `until`, ms; without one of them it is open there. */
export interface Period {
  readonly from?: number;
  readonly until?: number;
}

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
export const DAY_WORDS: readonly string[] = ['today', 'yesterday', ...WEEKDAYS.slice(1), 'sunday'];

const TIME = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?(Z)?)?$/;
const DAY_MS = 86_400_000;

/** Undefined if the text is not a period. */
export function parsePeriod(text: string, clock: QueryClock): Period | undefined {
  const [begin = '', end, more] = text.split('..');
  if (more !== undefined || (begin === '' && (end ?? '') === '')) return undefined;
  if (end === undefined) {
    const day = dayOf(begin, clock);
    return day === undefined ? undefined : { from: startOf(day, clock.zone), until: startOf(day + DAY_MS, clock.zone) };
  }
  const from = begin === '' ? undefined : parseMoment(begin, clock);
  const lastDay = dayOf(end, clock);
  const until = lastDay === undefined ? parseMoment(end, clock) : startOf(lastDay + DAY_MS, clock.zone);
  if ((begin !== '' && from === undefined) || (end !== '' && until === undefined)) return undefined;
  return { ...(from !== undefined && { from }), ...(until !== undefined && { until }) };
}

/** A day is its beginning. Undefined for what is none. */
export function parseMoment(text: string, clock: QueryClock): number | undefined {
  const day = dayOf(text, clock);
  if (day !== undefined) return startOf(day, clock.zone);
  const [, year, month, date, hour, minute, second = '0', part = '0', utc] = TIME.exec(text) ?? [];
  if (hour === undefined) return undefined;
  const wall = wallOf(Number(year), Number(month), Number(date));
  if (wall === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const ofDay = ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000 + Number(part.padEnd(3, '0'));
  return utc === 'Z' ? wall + ofDay : startOf(wall + ofDay, clock.zone);
}

export function printPeriod({ from, until }: Period): string {
  if (from !== undefined && until === from + DAY_MS && from % DAY_MS === 0) return printMoment(from);
  const isDay = until !== undefined && until % DAY_MS === 0;
  const end = until === undefined ? '' : isDay ? printMoment(until - DAY_MS) : new Date(until).toISOString();
  return `${from === undefined ? '' : printMoment(from)}..${end}`;
}

/** In UTC. */
export function printMoment(at: number): string {
  const text = new Date(at).toISOString();
  return at % DAY_MS === 0 ? text.slice(0, 10) : text;
}

/** The day as its midnight would be in UTC, ms. */
function dayOf(text: string, { now, zone }: QueryClock): number | undefined {
  const word = text.toLowerCase();
  if (DAY_WORDS.includes(word)) {
    const wall = now + offsetAt(now, zone);
    const today = wall - modulo(wall, DAY_MS);
    if (word === 'today') return today;
    if (word === 'yesterday') return today - DAY_MS;
    // The last one, which may be today.
    return today - modulo(new Date(today).getUTCDay() - WEEKDAYS.indexOf(word), 7) * DAY_MS;
  }
  const [, year, month, date, hour] = TIME.exec(text) ?? [];
  return hour === undefined && year !== undefined ? wallOf(Number(year), Number(month), Number(date)) : undefined;
}

/** The 31st of a shorter month is no day. */
function wallOf(year: number, month: number, date: number): number | undefined {
  const at = Date.UTC(year, month - 1, date);
  const day = new Date(at);
  return year >= 1970 && day.getUTCMonth() === month - 1 && day.getUTCDate() === date ? at : undefined;
}

/** The first moment at which clocks of the zone show this or more. */
function startOf(wall: number, zone: string): number {
  const found = [wall - DAY_MS, wall + DAY_MS]
    .map((near) => wall - offsetAt(near, zone))
    .filter((at) => at + offsetAt(at, zone) >= wall);
  return Math.min(...found);
}

/** What the clocks of a zone are ahead of UTC, ms. */
function offsetAt(at: number, zone: string): number {
  if (zone === 'UTC') return 0;
  const parts = Object.fromEntries(
    partsIn(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - (at - modulo(at, 1000));
}

const formats = new Map<string, Intl.DateTimeFormat>();

function partsIn(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const two = '2-digit';
  const format = new Intl.DateTimeFormat('en', {
    ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: two, day: two, hour: two, minute: two, second: two },
  });
  // A process meets few zones: its own.
  if (formats.size < 16) formats.set(zone, format);
  return format;
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

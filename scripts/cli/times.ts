// Points in time as people write them: `2h`, `+2h`, `yesterday`, `2026-01-31`, `2026-01-31 12:00`, `2026-01-31T12:00:00Z`.

import { parseDuration } from '@agentcom/schemas/durations';
import { DAY_WORDS, parseMoment } from '@agentcom/schemas/query/days';
import { InvalidArgumentError } from 'commander';

/** RFC 3339 in UTC, as the hub takes it; `now` is in ms. */
export type PointInTime = (now: number) => string;

const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/;
const EXAMPLES = '2026-01-31, "2026-01-31 12:00" (local time) or 2026-01-31T12:00:00Z';

/** A parser for a time to come: `2h` and `+2h` mean in two hours. */
export function futureTime(text: string): PointInTime {
  return pointInTime(text.replace(/^\+/, ''), 1);
}

/** A parser for a time that has passed: `2h` means two hours ago, and `yesterday` or `monday` the beginning of that day here. */
export function pastTime(text: string): PointInTime {
  if (!DAY_WORDS.includes(text.toLowerCase())) return pointInTime(text, -1);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (now) => new Date(parseMoment(text, { now, zone }) ?? now).toISOString();
}

function pointInTime(text: string, direction: 1 | -1): PointInTime {
  const length = parseDuration(text);
  if (length !== undefined) return (now) => new Date(now + direction * length).toISOString();
  const at = parseDate(text);
  if (at === undefined) {
    const short = direction === 1 ? '2h' : '2h, yesterday';
    throw new InvalidArgumentError(`It must be a time, such as ${short}, ${EXAMPLES}.`);
  }
  return () => at.toISOString();
}

/** Without a zone the time is that of this machine. Undefined for a day that the calendar does not have. */
function parseDate(text: string): Date | undefined {
  const parts = DATE.exec(text);
  if (parts === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const isReal = month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month);
  if (!isReal || hour > 23 || minute > 59 || second > 59) return undefined;
  const zone = parts[7];
  const at =
    zone === undefined
      ? new Date(year, month - 1, day, hour, minute, second)
      : new Date(text.replace(' ', 'T').replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(at.getTime()) ? undefined : at;
}

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

// Where a text that is searched for is in a line, as the hub finds it: in any case, whatever the colours. Pure.

import type { Part } from './ansi.js';

export interface MarkedPart extends Part {
  readonly isMatch: boolean;
}

/** Of one line. */
const MATCHES_MAX = 200;

/** The parts of a line, split where a match begins and ends. */
export function withMatches(parts: readonly Part[], q: string): readonly MarkedPart[] {
  const line = parts.map(({ text }) => text).join('');
  const spans = q.trim() === '' ? [] : matchesIn(line, q);
  const marked: MarkedPart[] = [];
  let at = 0;
  let next = 0;
  for (const { text, look } of parts) {
    const end = at + text.length;
    while (at < end) {
      while ((spans[next]?.end ?? Number.POSITIVE_INFINITY) <= at) next++;
      const { start, end: over } = spans[next] ?? { start: end, end };
      const isMatch = start <= at && at < over;
      const to = Math.min(end, isMatch ? over : Math.max(start, at + 1));
      marked.push({ text: text.slice(text.length - (end - at), text.length - (end - to)), look, isMatch });
      at = to;
    }
  }
  return marked;
}

interface MatchSpan {
  readonly start: number;
  readonly end: number;
}

function matchesIn(line: string, q: string): readonly MatchSpan[] {
  const lower = line.toLowerCase();
  const wanted = q.toLowerCase();
  const spans: MatchSpan[] = [];
  const units = lower.length === line.length ? undefined : unitsOf(line);
  for (let at = lower.indexOf(wanted); at >= 0 && spans.length < MATCHES_MAX; at = lower.indexOf(wanted, at)) {
    const last = at + wanted.length - 1;
    spans.push({ start: units?.[at]?.start ?? at, end: units?.[last]?.end ?? last + 1 });
    at = last + 1;
  }
  return spans;
}

/** Of each unit in small letters, the character of the line that it comes from: few have more units then. */
function unitsOf(line: string): readonly MatchSpan[] {
  const units: MatchSpan[] = [];
  let start = 0;
  for (const char of line) {
    const span = { start, end: start + char.length };
    for (let n = char.toLowerCase().length; n > 0; n--) units.push(span);
    start = span.end;
  }
  return units;
}

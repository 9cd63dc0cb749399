// Searches the lines of a log, a part at a time, so that the page stays quick however many there are.

import { plainText } from '@agentcom/schemas/terminal-text';
import type { LogLines } from './log-lines.js';

const PART = 20_000;
const FOUND_MAX = 10_000;

export interface LogSearch {
  readonly found: readonly number[];
  /** The last line that was looked at. */
  readonly upTo: number;
}

/** Looks at the next lines. In any case; of more than 10,000 the first. */
export function searchOn({ found, upTo }: LogSearch, lines: LogLines, text: string): LogSearch {
  const wanted = text.toLowerCase();
  const last = lines.dropped + lines.count;
  const to = Math.min(last, Math.max(upTo, lines.dropped) + PART);
  const more: number[] = [];
  for (let n = Math.max(upTo, lines.dropped) + 1; n <= to && found.length + more.length < FOUND_MAX; n++) {
    if (plainText(lines.text(n)).toLowerCase().includes(wanted)) more.push(n);
  }
  return { found: more.length === 0 ? found : [...found, ...more], upTo: to };
}

/** The match after or before the line, around the ends. */
export function nextMatch(found: readonly number[], from: number | undefined, step: 1 | -1): number | undefined {
  if (step > 0) return found.find((n) => n > (from ?? 0)) ?? found[0];
  return found.findLast((n) => n < (from ?? Number.POSITIVE_INFINITY)) ?? found.at(-1);
}

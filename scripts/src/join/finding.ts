// What one check found: how it stands, in a line, and what to do about it.

import type { Output } from '../output.js';
import { oneLine } from '../text.js';

export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  readonly remedy?: string;
}

export function fine(check: string, detail: string): Finding {
  return { check, state: 'ok', detail };
}

export function doubtful(check: string, detail: string, remedy: string): Finding {
  return { check, state: 'warn', detail, remedy };
}

export function faulty(check: string, detail: string, remedy: string): Finding {
  return { check, state: 'fail', detail, remedy };
}

/** The room that the names of checks get where findings are told one by one. */
const CHECK_COLUMNS = 14;
const STATE_COLUMNS = 6;

/** One finding for people, its remedy below it. */
export function findingText({ colours }: Output, finding: Finding, columns = CHECK_COLUMNS): string {
  const { check, state, detail, remedy } = finding;
  const colour = { ok: colours.green, warn: colours.yellow, fail: colours.red }[state];
  const line = `${colour(state.padEnd(STATE_COLUMNS))}${check.padEnd(columns)}${oneLine(detail)}`;
  if (remedy === undefined) return line;
  return `${line}\n${' '.repeat(STATE_COLUMNS + columns)}${colours.dim(oneLine(remedy))}`;
}

export function findingsText(out: Output, findings: readonly Finding[]): string {
  const columns = Math.max(...findings.map(({ check }) => check.length)) + 2;
  return findings.map((finding) => findingText(out, finding, columns)).join('\n');
}

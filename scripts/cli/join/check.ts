// The outcome of one check: its state, a line of detail, and what to do about it.

import type { Invocation } from '../invocation.js';
import type { Output } from '../output.js';
import { oneLine } from '../text.js';

export interface Check {
  readonly name: string;
  readonly state: 'pass' | 'warn' | 'fail';
  readonly detail: string;
  readonly remedy?: string;
}

export function pass(name: string, detail: string): Check {
  return { name, state: 'pass', detail };
}

export function warn(name: string, detail: string, remedy: string): Check {
  return { name, state: 'warn', detail, remedy };
}

export function fail(name: string, detail: string, remedy: string): Check {
  return { name, state: 'fail', detail, remedy };
}

/** With the commands in its remedy as this person has to type them. */
export function withRunnable(invocation: Invocation, check: Check): Check {
  return check.remedy === undefined ? check : { ...check, remedy: invocation.runnable(check.remedy) };
}

/** The width of the name column where checks are printed one by one. */
const NAME_COLUMNS = 14;
const STATE_COLUMNS = 6;

/** One check for people, its remedy below it. */
export function checkText({ colours }: Output, check: Check, columns = NAME_COLUMNS): string {
  const { name, state, detail, remedy } = check;
  const colour = { pass: colours.green, warn: colours.yellow, fail: colours.red }[state];
  const line = `${colour(state.padEnd(STATE_COLUMNS))}${name.padEnd(columns)}${oneLine(detail)}`;
  if (remedy === undefined) return line;
  return `${line}\n${' '.repeat(STATE_COLUMNS + columns)}${colours.dim(oneLine(remedy))}`;
}

export function checksText(out: Output, checks: readonly Check[]): string {
  const columns = Math.max(...checks.map(({ name }) => name.length)) + 2;
  return checks.map((check) => checkText(out, check, columns)).join('\n');
}

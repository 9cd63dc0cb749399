// The options that several commands share, and parsers for their values.

import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';

/** Adds examples to a command's help. */
export function withExamples(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`);
}

/** A parser for whole numbers within bounds. */
export function wholeNumber(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${minimum} to ${maximum}.`);
  };
}

const SECONDS_OF: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** A parser for a length of time within bounds, such as `90`, `90s`, `10m`, `1h` or `2d`; gives seconds. */
export function timeSpan(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const [, number, unit = 's'] = /^(\d{1,9})([smhd])?$/.exec(text) ?? [];
    const value = Number(number ?? Number.NaN) * (SECONDS_OF[unit] ?? 1);
    if (value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(
      `It must be from ${minimum} s to ${maximum / 86_400} d, such as 90s, 10m, 1h or 2d.`,
    );
  };
}

/** A parser for an option that is a list: given several times, or with commas. */
export function parseList(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(',').filter((part) => part !== '')];
}

/** As `parseList`, where every word must be one of a few. */
export function parseListOf<Word extends string>(words: readonly Word[]) {
  return (text: string, before: readonly Word[] = []): readonly Word[] => [
    ...before,
    ...parseList(text).map((part) => {
      const word = words.find((one) => one === part);
      if (word === undefined) throw new InvalidArgumentError(`It must be one of ${words.join(', ')}.`);
      return word;
    }),
  ];
}

/** A parser for an option given several times, each value as it is. */
export function appendValue(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** A parser for a time of day with a zone; gives it in UTC as the hub wants it. */
export function timestamp(text: string): string {
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new InvalidArgumentError('It must be a time with a zone, such as 2026-01-31T12:00:00Z.');
  return new Date(ms).toISOString();
}

/** The options of lists. */
export function withPaging(command: Command): Command {
  return command
    .option('--limit <n>', 'show at most so many', wholeNumber(1, 200), 50)
    .option('--cursor <cursor>', 'go on where an earlier list ended');
}

export interface PagingFlags {
  readonly limit: number;
  readonly cursor?: string;
}

export function pagingOf(flags: PagingFlags): { readonly limit: number; readonly cursor?: string } {
  return { limit: flags.limit, ...(flags.cursor !== undefined && { cursor: flags.cursor }) };
}

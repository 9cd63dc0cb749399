// The options that several commands share, and parsers for their values.

import { parseDuration } from '@agentcom/schemas/durations';
import { LIMITS } from '@agentcom/schemas/limits';
import { LabelFilter } from '@agentcom/schemas/primitives';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';

/** Of a line of an example, without its indentation and the sign that it goes on. */
const EXAMPLE_COLUMNS = 72;

/** Adds examples to a command's help. */
export function withExamples(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${lines.map(exampleText).join('\n')}`);
}

/** Within a terminal of 80 columns, as a shell takes it over several lines. */
export function exampleText(line: string): string {
  const rows = [''];
  for (const part of line.split(/ (?=--|[|>] |[a-z]+\.)/)) {
    const row = rows.at(-1) as string;
    const longer = row === '' ? part : `${row} ${part}`;
    // Two more are needed where the line goes on.
    if (row === '' || longer.length <= EXAMPLE_COLUMNS) rows[rows.length - 1] = longer;
    else rows.push(part);
  }
  return `  $ ${rows.join(' \\\n      ')}`;
}

/** A parser for whole numbers within bounds. */
export function wholeNumber(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${minimum} to ${maximum}.`);
  };
}

/** A parser for a length of time within bounds, such as `90`, `90s`, `10m`, `1h30m` or `2d`; gives seconds. */
export function timeSpan(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = (parseDuration(text) ?? Number.NaN) / 1000;
    if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(
      `It must be a time from ${minimum} s to ${maximum / 86_400} d, such as 90s, 10m, 1h30m or 2d.`,
    );
  };
}

/** A parser for a sum of money; gives millionths. */
export function parseCost(text: string): number {
  const micros = /^\d{1,6}(\.\d{1,6})?$/.test(text) ? Math.round(Number(text) * 1_000_000) : 0;
  if (micros >= 1 && micros <= LIMITS.amount) return micros;
  throw new InvalidArgumentError('It must be an amount such as 2.50.');
}

/** A parser for an option that is a list: given several times, or with commas. */
export function parseList(text: string, before: readonly string[] = []): readonly string[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.includes('')) throw new InvalidArgumentError('One of its values is empty.');
  return [...new Set([...before, ...parts])];
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

/** A parser for a text that the hub takes by this schema. */
export function textLike(schema: object) {
  const { pattern = '', mustBe } = schema as { readonly pattern?: string; readonly mustBe?: string };
  const expected = new RegExp(pattern, 'u');
  return (text: string): string => {
    if (expected.test(text)) return text;
    throw new InvalidArgumentError(`It must be ${mustBe}.`);
  };
}

const labelFilter = textLike(LabelFilter);

/** A parser for `name` or `name=value`, given several times. */
export function appendLabel(text: string, before: readonly string[] = []): readonly string[] {
  return appendValue(labelFilter(text), before);
}

/** The options of lists. */
export function withPaging(command: Command): Command {
  return command
    .option('--limit <n>', 'items per page', wholeNumber(1, 200), 50)
    .option('--cursor <cursor>', 'continue after the previous page');
}

export interface PagingFlags {
  readonly limit: number;
  readonly cursor?: string;
}

export function pagingOf(flags: PagingFlags): { readonly limit: number; readonly cursor?: string } {
  return { limit: flags.limit, ...(flags.cursor !== undefined && { cursor: flags.cursor }) };
}

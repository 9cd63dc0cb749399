// A query as the argument of a command that lists: one text in quotes, or several words.

import { inUtc, parseQuery, type QueryList } from '@agentcom/schemas/query';
import type { Command } from 'commander';
import { usageError } from './exit.js';

/** What the arguments of a command are a query of, so that a shell can complete it. */
const lists = new WeakMap<Command, QueryList>();

export function withQuery(command: Command, list: QueryList, example: string): Command {
  lists.set(command, list);
  return command.argument('[terms...]', `only what matches, such as '${example}'; ops/docs/queries.md has the keys`);
}

/** Undefined where the command takes no query. */
export function queryListOf(command: Command): QueryList | undefined {
  return lists.get(command);
}

/**
 * What was asked for in words and by an option together, with days by the clock of this machine; undefined for nothing. A mistake is an error of
 * usage.
 */
export function queryText(list: QueryList, now: number, ...parts: readonly (string | undefined)[]): string | undefined {
  const text = parts
    .filter((part) => part !== undefined)
    .join(' ')
    .trim();
  if (text === '') return undefined;
  const clock = { now, zone: Intl.DateTimeFormat().resolvedOptions().timeZone };
  const { error } = parseQuery(list, text, clock);
  if (error === undefined) return inUtc(list, text, clock);
  throw usageError(`the query is not valid: ${error.message}`);
}

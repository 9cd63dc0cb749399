// A query as the argument of a command that lists: one text in quotes, or several words.

import { parseQuery, type QueryList } from '@agentcom/schemas/query';
import type { Command } from 'commander';
import { usageError } from './exit.js';

export function withQuery(command: Command, example: string): Command {
  return command.argument('[terms...]', `only what matches, such as '${example}'; ops/docs/queries.md has the keys`);
}

/** What was asked for in words and by an option together; undefined for nothing. A mistake is an error of usage. */
export function queryText(list: QueryList, ...parts: readonly (string | undefined)[]): string | undefined {
  const text = parts
    .filter((part) => part !== undefined)
    .join(' ')
    .trim();
  if (text === '') return undefined;
  const { error } = parseQuery(list, text);
  if (error === undefined) return text;
  throw usageError(`the query is not valid: ${error.message}`);
}

// The hub names fields by JSON pointers; people here have given arguments and options.

import { isErrorCode } from '@agentcom/schemas/errors';
import type { Command } from 'commander';
import { CommandError } from './exit.js';

/** The options that are not called as their field is, as commander names them. */
const OPTION_OF: Readonly<Record<string, string>> = {
  capabilities: 'capability',
  'budget/costMicros': 'maxCost',
  'budget/tokens': 'maxTokens',
  death: 'cause',
  inactivitySeconds: 'inactivity',
  labels: 'label',
  q: 'query',
  questionId: 'question',
  'repo/base': 'base',
  repositories: 'repo',
  runTimeoutSeconds: 'runTimeout',
  runners: 'runner',
  scopes: 'scope',
  ttlSeconds: 'ttl',
  uses: 'count',
};

/** Where the body has what is to be different of many tasks. */
const CHANGES = '/changes/';
/** The same, where the option that is called as the field says which tasks are meant, or there is none. */
const CHANGE_OF: Readonly<Record<string, string>> = { lane: 'toLane' };

/** What the hub refused, with its fields named as the command that was called names them. */
export function inOptionNames(error: CommandError, command: Command): CommandError {
  const names = error.details.map(({ path }) => optionOf(path, command));
  if (!isErrorCode(error.code) || names.every((name) => name === undefined)) return error;
  const details = error.details.map(({ path, message }, i) => ({ path: names[i] ?? path, message }));
  const { exit, code, traceId } = error;
  const isInvalid = code === 'request.invalid';
  const remedy = isInvalid ? 'Correct them and retry.' : error.remedy;
  return new CommandError(exit, code, isInvalid ? 'the hub refused these values' : error.message, {
    details,
    cause: error,
    ...(remedy !== undefined && { remedy }),
    ...(traceId !== undefined && { traceId }),
  });
}

/** Undefined when the command has neither an argument nor an option for the field. */
function optionOf(path: string, command: Command): string | undefined {
  const isChange = path.startsWith(CHANGES);
  const [field = '', inner = ''] = path.slice(isChange ? CHANGES.length : 1).split('/');
  const name = (isChange ? CHANGE_OF[field] : undefined) ?? OPTION_OF[`${field}/${inner}`] ?? OPTION_OF[field] ?? field;
  const argument = command.registeredArguments.find((one) => one.name() === name);
  if (argument !== undefined) return argument.name();
  // A long text may have come from a file.
  const given = command.getOptionValue(`${name}File`) === undefined ? name : `${name}File`;
  const optionNamed = (wanted: string | undefined) =>
    command.options.find((option) => option.attributeName() === wanted)?.long ?? undefined;
  return optionNamed(given) ?? optionNamed(CHANGE_OF[name]);
}

// What a halt or a spend limit is about, as people name it on the command line: `<what> [value]`.

import { RUNNERS } from '@agentcom/schemas/names';
import { Argument, type Command } from 'commander';
import { usageError } from './exit.js';

/** What each takes, as people give it. */
const VALUES = {
  all: undefined,
  org: undefined,
  repo: 'its address, where * matches any text',
  runner: 'its name, such as claude',
  label: 'NAME=VALUE',
  agent: 'its name',
  member: 'e-mail address or id of the member, or `key:ID` as `agentcom costs --by member --json` names it',
} as const;

export type ScopeWord = keyof typeof VALUES;
type KindOf<Word extends ScopeWord> = Word extends 'all' ? 'fleet' : Word;

export const SCOPE_WORDS = Object.keys(VALUES) as ScopeWord[];

export function withScope(command: Command, words: readonly ScopeWord[]): Command {
  return command
    .addArgument(new Argument('<what>', 'all is the whole fleet').choices(words))
    .argument('[value]', 'which one; of org your own, unless you name another');
}

/** Throws a usage error when a value is missing, is given to `all`, or names nothing. */
export function scopeOf<Word extends ScopeWord>(
  what: Word,
  value: string | undefined,
): { readonly kind: KindOf<Word>; readonly value?: string } {
  const kind = (what === 'all' ? 'fleet' : what) as KindOf<Word>;
  if (value !== undefined) {
    if (what === 'all') throw usageError('`all` takes no value');
    if (what === 'label' && !value.includes('=')) throw usageError(`${value} is no label`, `Give ${VALUES.label}.`);
    if (what === 'runner' && !(RUNNERS as readonly string[]).includes(value))
      throw usageError(`${value} is no runner`, `Give one of ${RUNNERS.join(', ')}.`);
    return { kind, value };
  }
  const missing: string | undefined = VALUES[what];
  if (missing !== undefined) throw usageError(`nothing says which ${what}`, `Give ${missing}.`);
  return { kind };
}

// `agentcom explain`: what a code, a state or a reason means, and what to do about it. Asks no hub.

import { allWords, meaningsOf } from '@agentcom/schemas/explanations';
import type { Command } from 'commander';
import { usageError } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { withExamples } from '../options.js';
import { fewOf, similarTo } from '../similar.js';

export function defineExplain(command: Command, cli: Cli): void {
  command.argument('<code...>', 'a code, state, reason or exit code, such as git.no_commit, blocked or 69');
  withExamples(command, 'agentcom explain git.no_commit', 'agentcom explain blocked').action(
    cli.act(async (invocation: Invocation, given: readonly string[]) => {
      const { out } = invocation;
      const word = given
        .join(' ')
        .trim()
        .replace(/[:.,;]+$/, '');
      const meanings = meaningsOf(word);
      if (meanings.length === 0) throw unknown(word);
      out.answer({ code: word, meanings }, () =>
        meanings
          .map(({ kind, title, remedy }) =>
            [
              `${out.colours.bold(word)}  ${out.colours.dim(kind.toLowerCase())}`,
              `${title}.`,
              invocation.runnable(remedy),
            ].join('\n'),
          )
          .join('\n\n'),
      );
      return undefined;
    }),
  );
}

function unknown(word: string) {
  const similar = similarTo(word, allWords());
  const remedy = similar.length === 0 ? 'See ops/docs/errors.md for all of them.' : `Similar: ${fewOf(similar)}`;
  return usageError(`${word} is not a known code`, remedy);
}

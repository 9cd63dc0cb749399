// `agentcom explain`: what a code, a state or a reason means, or a rule of alerts, and what to do about it. Asks no hub.

import { allWords, meaningsOf } from '@agentcom/schemas/explanations';
import { fewOf, similarTo } from '@agentcom/schemas/similar';
import type { Command } from 'commander';
import { usageError } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { withExamples } from '../options.js';

export function defineExplain(command: Command, cli: Cli): void {
  command.argument(
    '<code...>',
    'a code, state, reason, rule of alerts or exit code, such as git.no_commit, blocked, NoAgents or 69',
  );
  withExamples(
    command,
    'agentcom explain git.no_commit',
    'agentcom explain blocked',
    'agentcom explain NoAgents',
  ).action(
    cli.act(async (invocation: Invocation, given: readonly string[]) => {
      const { out } = invocation;
      const word = given
        .join(' ')
        .trim()
        .replace(/[:.,;]+$/, '');
      const { RUNBOOK_NAMES, runbookText } = await import('../runbook-text.js');
      const runbook = runbookText(word);
      if (runbook !== undefined) {
        out.answer({ rule: word, runbook }, () => invocation.runnable(runbook));
        return undefined;
      }
      const meanings = meaningsOf(word);
      if (meanings.length === 0) throw unknown(word, RUNBOOK_NAMES);
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

function unknown(word: string, rules: readonly string[]) {
  const similar = similarTo(word, [...allWords(), ...rules]);
  const remedy = similar.length === 0 ? 'See ops/docs/errors.md for all of them.' : `Similar: ${fewOf(similar)}`;
  return usageError(`${word} is not a known code`, remedy);
}

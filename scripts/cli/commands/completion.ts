// `agentcom completion`: the script that has a shell complete this command, and what that script asks.

import type { Command } from 'commander';
import type { CommandEntry } from '../command-line.js';
import { candidates, SCRIPTS, SHELLS } from '../completion.js';
import type { Cli, Invocation } from '../invocation.js';
import { withExamples } from '../options.js';

const WHERE = {
  bash: 'agentcom completion bash > ~/.local/share/bash-completion/completions/agentcom',
  zsh: 'agentcom completion zsh > ~/.zfunc/_agentcom',
  fish: 'agentcom completion fish > ~/.config/fish/completions/agentcom.fish',
} as const;

export function defineCompletion(completion: Command, cli: Cli, entries: readonly CommandEntry[]): void {
  for (const shell of SHELLS) {
    const command = completion.command(shell).description(`print the script for ${shell}`);
    withExamples(command, WHERE[shell]).action(
      cli.act(async ({ out }: Invocation) => {
        out.answer({ shell, script: SCRIPTS[shell] }, () => SCRIPTS[shell]);
        return undefined;
      }),
    );
  }
  const words = completion
    .command('words')
    .description('print the possible next words, one per line (called by the scripts)')
    .argument('[words...]', 'the words so far; the last one may be incomplete');
  withExamples(words, 'agentcom completion words -- task l').action(
    cli.act(async ({ out, world }: Invocation, given: readonly string[]) => {
      const found = await candidates(world, entries, given.length === 0 ? [''] : given);
      out.answer(found, () => found.join('\n'));
      return undefined;
    }),
  );
}

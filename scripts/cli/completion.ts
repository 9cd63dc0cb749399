// What could come next on a command line, for shells that complete it.

import type { QueryList } from '@agentcom/schemas/query';
import type { Command, Option } from 'commander';
import { type CommandEntry, programOf } from './command-line.js';
import { Cli } from './invocation.js';
import { queryListOf } from './query-argument.js';
import type { World } from './world.js';

/** Only the command that is named is loaded. `words` are those after the program's name; the last is the one to complete. */
export async function candidates(
  world: World,
  entries: readonly CommandEntry[],
  words: readonly string[],
): Promise<readonly string[]> {
  const cli = new Cli(world);
  const program = programOf(cli, entries);
  const current = words.at(-1) ?? '';
  let command = program;
  let open: Option | undefined;
  for (const word of words.slice(0, -1)) {
    if (open !== undefined) {
      open = undefined;
    } else if (word.startsWith('-')) {
      const option = optionsOf(program, command).find((one) => one.long === word || one.short === word);
      if (option?.required === true) open = option;
    } else {
      const inner = command.commands.find((one) => one.name() === word);
      if (inner === undefined) continue;
      const entry = command === program ? entries.find(({ name }) => name === word) : undefined;
      (await entry?.load())?.(inner, cli);
      command = inner;
    }
  }
  const list = open === undefined && !current.startsWith('-') ? queryListOf(command) : undefined;
  if (list !== undefined) return queryCandidates(list, current);
  return possible(program, command, open, current).filter((word) => word.startsWith(current));
}

/** Of a word that may be several terms; a shell hands on the quote that it begins with. */
async function queryCandidates(list: QueryList, current: string): Promise<readonly string[]> {
  const { completeQuery } = await import('@agentcom/schemas/query');
  const text = current.replace(/^['"]/, '');
  const { from, options } = completeQuery(list, text, text.length);
  return options.map((option) => text.slice(0, from) + option.text).filter((word) => word.startsWith(text));
}

function possible(program: Command, command: Command, open: Option | undefined, current: string): readonly string[] {
  if (open !== undefined) return open.argChoices ?? [];
  if (current.startsWith('-')) return optionsOf(program, command).flatMap(({ long }) => long ?? []);
  const names = command.commands.map((one) => one.name());
  return command === program ? [...names, 'help'] : names;
}

function optionsOf(program: Command, command: Command): readonly Option[] {
  const helper = command.createHelp();
  const own = helper.visibleOptions(command);
  return command === program ? own : [...own, ...program.options];
}

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** What to put into the configuration of each shell. */
export const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = {
  bash: `_agentcom() {
  local IFS=$'\\n'
  COMPREPLY=($(agentcom completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  if [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == *: ]]; then compopt -o nospace 2>/dev/null; fi
}
# A query such as state:queued is one word.
COMP_WORDBREAKS=\${COMP_WORDBREAKS//:}
complete -o default -F _agentcom agentcom`,
  zsh: `#compdef agentcom
_agentcom() {
  local -a found
  found=("\${(@f)$(agentcom completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -z "$found" ]]; then _files
  elif [[ \${#found} == 1 && $found == *: ]]; then compadd -S '' -a found
  else compadd -a found; fi
}
compdef _agentcom agentcom`,
  fish: `complete -c agentcom -a '(agentcom completion words -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'`,
};

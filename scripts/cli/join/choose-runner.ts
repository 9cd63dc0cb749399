// Which agent works on this machine: what is asked for, else the only one that is here, else what a person chooses.

import type { RunnerKind } from '@agentcom/schemas';
import { RUNNERS } from '@agentcom/schemas/names';
import { answerOf } from '../ask.js';
import { CommandError, EXIT, usageError } from '../exit.js';
import type { World } from '../world.js';
import type { Tool } from './detect.js';

export interface Wanted {
  /** From flags or a shared configuration, the first being the usual one. Empty: not said. */
  readonly kinds: readonly RunnerKind[];
  /** The program of the kind `command`. */
  readonly argv: readonly string[];
}

export interface Runners {
  readonly kind: RunnerKind;
  readonly also: readonly RunnerKind[];
}

/** `choose` puts the question to a person; absent when there is nobody to ask. */
export async function chooseRunners(
  { kinds, argv }: Wanted,
  installed: readonly Tool[],
  choose?: (tools: readonly Tool[]) => Promise<RunnerKind>,
): Promise<Runners> {
  const [kind, ...also] = [...new Set(kinds)];
  if (kind !== undefined) return validate({ kind, also }, argv);
  if (argv.length > 0) return { kind: 'command', also: [] };
  const [only, ...others] = installed;
  if (only !== undefined && others.length === 0) return { kind: only.kind, also: [] };
  if (only !== undefined && choose !== undefined) return { kind: await choose(installed), also: [] };
  if (only !== undefined) {
    const names = installed.map((tool) => tool.kind).join(', ');
    throw usageError(
      `several agents are installed here: ${names}`,
      `Choose one with --runner, for example --runner ${only.kind}.`,
    );
  }
  throw usageError(
    'no known agent is installed',
    `Install one of ${RUNNERS.filter((one) => one !== 'command').join(', ')}, or give your own program after the --, for example: -- my-agent`,
  );
}

function validate(runners: Runners, argv: readonly string[]): Runners {
  const isCommand = runners.kind === 'command' || runners.also.includes('command');
  if (isCommand && argv.length === 0)
    throw usageError(
      'the runner `command` needs a program',
      'Give it after the --, for example: -- my-agent --its-flags',
    );
  if (!isCommand && argv.length > 0)
    throw usageError('a program after the -- needs the runner `command`', 'Add --runner command.');
  return runners;
}

export async function askForRunner(world: World, tools: readonly Tool[]): Promise<RunnerKind> {
  const { select } = await import('@clack/prompts');
  const options = tools.map(({ kind, version = '' }) => ({ value: kind as string, label: kind, hint: version }));
  const chosen = await answerOf(world, () => select({ message: 'Which agent should work here?', options }));
  if (chosen === undefined) throw new CommandError(EXIT.cancelled, 'cancelled', 'cancelled; nothing was changed');
  return chosen as RunnerKind;
}

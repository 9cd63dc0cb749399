// Every example in every help text is a command line that parses: its commands, options and values are those that there are.

import { wordsOf } from '@agentcom/schemas/words';
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { type CommandEntry, programOf } from './command-line.js';
import { Cli } from './invocation.js';
import { COMMANDS, runCommandLine } from './program.js';
import { testWorld } from './testing.js';

/** Runs nothing, and counts what would have run. */
class ParsingCli extends Cli {
  ran = 0;

  override act(): () => Promise<void> {
    return async () => {
      this.ran += 1;
    };
  }
}

async function helpOf(...args: readonly string[]): Promise<string> {
  const world = testWorld();
  await runCommandLine(world, [...args, '--help']);
  return world.out();
}

/** The names of all commands: `up`, `task list`, … */
async function commandNames(entries: readonly CommandEntry[]): Promise<readonly string[]> {
  const cli = new ParsingCli(testWorld());
  const program = programOf(cli, entries);
  const names: string[] = [];
  for (const { name, load } of entries) {
    const command = program.commands.find((one: Command) => one.name() === name) as Command;
    (await load())(command, cli);
    const inner = command.commands.map((one) => `${name} ${one.name()}`);
    names.push(...(inner.length === 0 ? [name] : inner));
  }
  return names;
}

/** What the shell would give to `agentcom`: without what stands before it, and without redirections. */
function argumentsIn(example: string): readonly string[] | undefined {
  const line =
    example
      .split(' | ')
      .at(-1)
      ?.replace(/^[A-Z_]+=\S+ /, '')
      .replace(/ [<>] \S+$/, '') ?? '';
  if (!line.startsWith('agentcom ')) return undefined;
  const words = wordsOf(line.replaceAll('~/', '/home/'));
  if (!words.ok) throw new Error(`${line}: not the words of one command`);
  return words.words.slice(1);
}

const names = await commandNames(COMMANDS);

it.each(['', ...names])('the examples of agentcom %s parse', async (name) => {
  const help = await helpOf(...name.split(' ').filter((word) => word !== ''));
  const examples = [...help.matchAll(/^ {2}\$ (.*)$/gm)].map(([, example = '']) => example);
  expect(examples).not.toEqual([]);
  for (const example of examples) {
    const args = argumentsIn(example);
    if (args === undefined) continue;
    const cli = new ParsingCli(testWorld());
    await programOf(cli, COMMANDS).parseAsync([...args], { from: 'user' });
    expect(cli.ran, example).toBe(1);
  }
});

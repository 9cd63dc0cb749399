// One command line from its words to an exit code, whatever the commands are.

import { Command, CommanderError } from 'commander';
import { CommandError, EXIT, type ExitCode, failed, messageOf, usageError } from './exit.js';
import { Cli } from './invocation.js';
import { Output } from './output.js';
import type { World } from './world.js';

/** Puts commands into a program. */
export type AddCommands = (program: Command, cli: Cli) => void;

/** Runs one command line, without the program's name. Never throws; what went wrong is said on stderr. */
export async function runProgram(world: World, args: readonly string[], addCommands: AddCommands): Promise<ExitCode> {
  const cli = new Cli(world);
  const program = programFor(cli);
  addCommands(program, cli);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return cli.exit;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT.done;
    const error = asCommandError(thrown);
    new Output(world, wantsJson(args)).error(error);
    return error.exit;
  }
}

function programFor(cli: Cli): Command {
  const { stdout, stderr } = cli.world;
  return new Command('agentcom')
    .description('AgentCom: a hub that gives tasks to coding agents, and the sidecars beside them.')
    .version(cli.world.version)
    .option('--hub <url>', 'the hub (http://127.0.0.1:7700)')
    .option('--key-file <file>', 'the file with your key (owner.key of a hub on this machine)')
    .option('--json', 'one JSON value on stdout, or JSON lines; errors as JSON on stderr')
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true, helpWidth: stdout.columns })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      // Told in one place, together with every other error.
      outputError: () => undefined,
      writeErr: (text) => stderr.write(text),
    });
}

/** The flag as commander would find it: before any `--`. */
function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end === -1 ? args : args.slice(0, end)).includes('--json');
}

function asCommandError(thrown: unknown): CommandError {
  if (thrown instanceof CommandError) return thrown;
  if (thrown instanceof CommanderError) return usageFrom(thrown);
  const error = failed('internal', messageOf(thrown), 'This should not happen: please report it with the lines above.');
  return new CommandError(error.exit, error.code, error.message, { cause: thrown });
}

function usageFrom(error: CommanderError): CommandError {
  if (error.code === 'commander.help') return usageError('no command was given', HINT);
  return usageError(error.message.replace(/^error: /, ''), HINT);
}

const HINT = 'See agentcom --help, or --help after any command.';

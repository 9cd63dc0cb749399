// One command line from its words to an exit code, whatever the commands are.

import { Command, CommanderError } from 'commander';
import { CommandError, EXIT, type ExitCode, messageOf, usageError } from './exit.js';
import { Cli } from './invocation.js';
import { Output } from './output.js';
import { refusedBySystem } from './system-failure.js';
import type { World } from './world.js';

/** A command as the help of the program lists it; what it takes and does is loaded only when it is called. */
export interface CommandEntry {
  readonly name: string;
  readonly description: string;
  readonly load: () => Promise<(command: Command, cli: Cli) => void>;
}

export interface ProgramText {
  /** What the help of the program ends with. */
  readonly after?: string;
}

/** Runs one command line, without the program's name. Never throws; what went wrong is said on stderr. */
export async function runProgram(
  world: World,
  args: readonly string[],
  commands: readonly CommandEntry[],
  text: ProgramText = {},
): Promise<ExitCode> {
  const cli = new Cli(world);
  try {
    await programOf(cli, commands, text).parseAsync(asFlag(args), { from: 'user' });
    return cli.exit;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT.done;
    const error = asCommandError(thrown, cli);
    new Output(world, wantsJson(args)).error(error);
    return error.exit;
  }
}

/** `help task list` as `task list --help`, which loads the command. */
function asFlag(args: readonly string[]): string[] {
  const [first, ...rest] = args;
  return first === 'help' ? [...rest, '--help'] : [...args];
}

/** A program whose commands are loaded when they are called. */
export function programOf(cli: Cli, commands: readonly CommandEntry[], { after }: ProgramText = {}): Command {
  const program = programFor(cli);
  for (const { name, description } of commands) program.command(name).description(description);
  program.hook('preSubcommand', async (_program, called) => {
    const entry = commands.find(({ name }) => name === called.name());
    const define = await entry?.load();
    define?.(called, cli);
    cli.called = [called.name()];
    called.hook('preSubcommand', (_group, command) => {
      cli.called = [called.name(), command.name()];
    });
  });
  if (after !== undefined) program.addHelpText('after', after);
  return program;
}

function programFor(cli: Cli): Command {
  const { stdout, stderr } = cli.world;
  return new Command('agentcom')
    .description('AgentCom: a control plane for a fleet of coding agents.')
    .version(cli.world.version)
    .option('--hub <url>', 'address of the hub (http://127.0.0.1:7700)')
    .option('--key-file <file>', "file with your key (the local hub's owner.key)")
    .option('--json', 'print JSON on stdout, and errors as JSON on stderr')
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

function asCommandError(thrown: unknown, cli: Cli): CommandError {
  if (thrown instanceof CommandError) return thrown;
  if (thrown instanceof CommanderError) return usageFrom(thrown, cli);
  const refused = refusedBySystem(thrown);
  if (refused !== undefined) return refused;
  const remedy = 'This is a bug. Please report it with the command that you ran.';
  return new CommandError(EXIT.failed, 'internal', messageOf(thrown), { cause: thrown, remedy });
}

function usageFrom(error: CommanderError, { called, world }: Cli): CommandError {
  const remedy = `Run \`${[world.self, ...called, '--help'].join(' ')}\`.`;
  if (error.code === 'commander.help') return usageError('no command was given', remedy);
  return usageError(error.message.replace(/^error: /, ''), remedy);
}

// The `agentcom` command: all commands under one program, and every end of them as an exit code.

import { Command, CommanderError } from 'commander';
import { Cli } from './cli.js';
import { addAgentCommands } from './commands/agent.js';
import { addBackupCommands } from './commands/backup.js';
import { addBenchCommand } from './commands/bench.js';
import { addDeadCommands } from './commands/dead.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addJoinCommand } from './commands/join.js';
import { addKeyCommands } from './commands/key.js';
import { addLeaveCommand } from './commands/leave.js';
import { addSidecarCommand } from './commands/sidecar.js';
import { addSubmitCommand } from './commands/submit.js';
import { addTaskCommands } from './commands/task.js';
import { addUpCommand } from './commands/up.js';
import { CommandError, EXIT, type ExitCode, failed, messageOf, usageError } from './exit.js';
import { Output } from './output.js';
import type { World } from './world.js';

/** Runs one command line, without the program's name. Never throws; what went wrong is said on stderr. */
export async function runCommandLine(world: World, args: readonly string[]): Promise<ExitCode> {
  const cli = new Cli(world);
  const program = programFor(cli);
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
  const program = new Command('agentcom')
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
  addUpCommand(program, cli);
  addSubmitCommand(program, cli);
  addTaskCommands(program, cli);
  addDeadCommands(program, cli);
  addAgentCommands(program, cli);
  addKeyCommands(program, cli);
  addJoinCommand(program, cli);
  addLeaveCommand(program, cli);
  addSidecarCommand(program, cli);
  addBackupCommands(program, cli);
  addDoctorCommand(program, cli);
  addBenchCommand(program, cli);
  program.addHelpText(
    'after',
    `
Settings come from flags, then AGENTCOM_* variables, then client.toml and hub.toml in your configuration folder.
Exit codes: 0 done, 1 failed, 2 cancelled, 64 usage, 69 hub unreachable, 77 not allowed.

Examples:
  $ agentcom up --demo
  $ agentcom submit "Fix the login form" --prompt-file login.md --repo https://example.org/shop.git --wait
  $ agentcom task list --state working,blocked`,
  );
  return program;
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

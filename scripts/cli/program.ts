// The `agentcom` command of a checkout: everything, hubs included.

import type { Command } from 'commander';
import { runProgram } from './command-line.js';
import { addAgentCommands } from './commands/agent.js';
import { addBackupCommands } from './commands/backup.js';
import { addBenchCommand } from './commands/bench.js';
import { addDeadCommands } from './commands/dead.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addJoinCommand } from './commands/join.js';
import { addKeyCommands } from './commands/key.js';
import { addLeaveCommand } from './commands/leave.js';
import { addMcpCommand } from './commands/mcp.js';
import { addReportCommands } from './commands/report.js';
import { addSidecarCommand } from './commands/sidecar.js';
import { addSubmitCommand } from './commands/submit.js';
import { addTaskCommands } from './commands/task.js';
import { addUpCommand } from './commands/up.js';
import type { ExitCode } from './exit.js';
import type { Cli } from './invocation.js';
import { checkStore } from './store-checks.js';
import type { World } from './world.js';

/** Runs one command line, without the program's name. Never throws; what went wrong is said on stderr. */
export function runCommandLine(world: World, args: readonly string[]): Promise<ExitCode> {
  return runProgram(world, args, addCommands);
}

function addCommands(program: Command, cli: Cli): void {
  addUpCommand(program, cli);
  addSubmitCommand(program, cli);
  addTaskCommands(program, cli);
  addDeadCommands(program, cli);
  addAgentCommands(program, cli);
  addKeyCommands(program, cli);
  addJoinCommand(program, cli);
  addLeaveCommand(program, cli);
  addSidecarCommand(program, cli);
  addReportCommands(program, cli);
  addMcpCommand(program, cli);
  addBackupCommands(program, cli);
  addDoctorCommand(program, cli, checkStore);
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
}

// The `agentcom` command of a machine that has joined: what an agent and its sidecar need, and clients of the hub; no hub.

import type { Command } from 'commander';
import { addDoctorCommand } from './commands/doctor.js';
import { addJoinCommand } from './commands/join.js';
import { addLeaveCommand } from './commands/leave.js';
import { addMcpCommand } from './commands/mcp.js';
import { addReportCommands } from './commands/report.js';
import { addSidecarCommand } from './commands/sidecar.js';
import { addSubmitCommand } from './commands/submit.js';
import { addTaskCommands } from './commands/task.js';
import type { Cli } from './invocation.js';

export function addMachineCommands(program: Command, cli: Cli): void {
  addJoinCommand(program, cli);
  addLeaveCommand(program, cli);
  addSidecarCommand(program, cli);
  addDoctorCommand(program, cli);
  addReportCommands(program, cli);
  addMcpCommand(program, cli);
  addSubmitCommand(program, cli);
  addTaskCommands(program, cli);
}

// The `agentcom` command of a machine that has joined: what an agent and its sidecar need, and clients of the hub; no hub.

import type { CommandEntry } from './command-line.js';

export const MACHINE_COMMANDS: readonly CommandEntry[] = [
  {
    name: 'submit',
    description: 'submit a task',
    load: async () => (await import('./commands/submit.js')).defineSubmit,
  },
  {
    name: 'status',
    description: 'show on one screen how the hub is, who works, what waits and what needs you',
    load: async () => (await import('./commands/status.js')).defineStatus,
  },
  {
    name: 'task',
    description: 'list tasks, show them, and steer them',
    load: async () => (await import('./commands/task.js')).defineTask,
  },
  {
    name: 'context',
    description: 'name several hubs, each with its key, and choose one',
    load: async () => (await import('./commands/context.js')).defineContext,
  },
  {
    name: 'explain',
    description: 'explain a code, a state or a reason, and what to do about it',
    load: async () => (await import('./commands/explain.js')).defineExplain,
  },
  {
    name: 'join',
    description: 'make this machine an agent of a hub',
    load: async () => (await import('./commands/join.js')).defineJoin,
  },
  {
    name: 'leave',
    description: "remove this machine's agent from its hub",
    load: async () => (await import('./commands/leave.js')).defineLeave,
  },
  {
    name: 'sidecar',
    description: 'run the sidecar of an agent that has joined',
    load: async () => (await import('./commands/sidecar.js')).defineSidecar,
  },
  {
    name: 'report',
    description: 'for an agent: report to the sidecar of the running task',
    load: async () => (await import('./commands/report.js')).defineReport,
  },
  {
    name: 'mcp',
    description: 'for an agent: serve the tools of the running task over MCP on stdin and stdout',
    load: async () => (await import('./commands/mcp.js')).defineMcp,
  },
  {
    name: 'doctor',
    description: 'check this machine, and say how to fix what fails',
    load: async () => (await import('./commands/doctor.js')).defineDoctor,
  },
  {
    name: 'completion',
    description: 'print the script that has your shell complete this command',
    load: async () => {
      const { defineCompletion } = await import('./commands/completion.js');
      return (command, cli) => defineCompletion(command, cli, MACHINE_COMMANDS);
    },
  },
];

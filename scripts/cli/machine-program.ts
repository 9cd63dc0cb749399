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
    description: 'show the hub, its agents, what is waiting and what needs you on one screen',
    load: async () => (await import('./commands/status.js')).defineStatus,
  },
  {
    name: 'top',
    description: 'watch the hub live, and answer, requeue, acknowledge and cancel by key',
    load: async () => (await import('./commands/top.js')).defineTop,
  },
  {
    name: 'task',
    description: 'list, show, answer, retry and cancel tasks',
    load: async () => (await import('./commands/task.js')).defineTask,
  },
  {
    name: 'context',
    description: 'save hubs and their keys under names, and switch between them',
    load: async () => (await import('./commands/context.js')).defineContext,
  },
  {
    name: 'explain',
    description: 'explain a code, state or reason, and what to do about it',
    load: async () => (await import('./commands/explain.js')).defineExplain,
  },
  {
    name: 'join',
    description: 'join this machine to a hub as an agent',
    load: async () => (await import('./commands/join.js')).defineJoin,
  },
  {
    name: 'leave',
    description: "remove this machine's agent from its hub",
    load: async () => (await import('./commands/leave.js')).defineLeave,
  },
  {
    name: 'sidecar',
    description: 'run the sidecar of an agent in the foreground',
    load: async () => (await import('./commands/sidecar.js')).defineSidecar,
  },
  {
    name: 'report',
    description: 'for agents: report on the running task',
    load: async () => (await import('./commands/report.js')).defineReport,
  },
  {
    name: 'mcp',
    description: 'for agents: serve MCP tools for the running task on stdin and stdout',
    load: async () => (await import('./commands/mcp.js')).defineMcp,
  },
  {
    name: 'dead',
    description: 'list, requeue and discard dead letters',
    load: async () => (await import('./commands/dead.js')).defineDead,
  },
  {
    name: 'operation',
    description: 'list and stop what the hub does in the background, such as changes of many tasks',
    load: async () => (await import('./commands/operation.js')).defineOperation,
  },
  {
    name: 'agent',
    description: 'invite machines; list, drain, resume and remove agents',
    load: async () => (await import('./commands/agent.js')).defineAgent,
  },
  {
    name: 'message',
    description: 'send messages to agents and channels, and see whether they have arrived',
    load: async () => (await import('./commands/message.js')).defineMessage,
  },
  {
    name: 'channel',
    description: 'list channels, and read what agents write there',
    load: async () => (await import('./commands/channel.js')).defineChannel,
  },
  {
    name: 'key',
    description: 'create, list, rotate and revoke keys for people and programs',
    load: async () => (await import('./commands/key.js')).defineKey,
  },
  {
    name: 'member',
    description: 'invite, list and remove members, and change their roles',
    load: async () => (await import('./commands/member.js')).defineMember,
  },
  {
    name: 'org',
    description: 'show your organisation; create and list organisations',
    load: async () => (await import('./commands/org.js')).defineOrg,
  },
  {
    name: 'halt',
    description: 'hold back new work, or stop all work: of the fleet, a repository, an agent …',
    load: async () => (await import('./commands/halt.js')).defineHalt,
  },
  {
    name: 'halts',
    description: 'list what is halted, since when and why',
    load: async () => (await import('./commands/halt.js')).defineHalts,
  },
  {
    name: 'resume',
    description: 'end halts',
    load: async () => (await import('./commands/halt.js')).defineResume,
  },
  {
    name: 'limit',
    description: 'spend limits: set, raise, list and remove them',
    load: async () => (await import('./commands/limit.js')).defineLimit,
  },
  {
    name: 'costs',
    description: 'show what work has cost, and what the month will cost',
    load: async () => (await import('./commands/costs.js')).defineCosts,
  },
  {
    name: 'prices',
    description: 'list the prices of models, and what was used without one',
    load: async () => (await import('./commands/prices.js')).definePrices,
  },
  {
    name: 'alert',
    description: 'list, show and acknowledge alerts; list their rules',
    load: async () => (await import('./commands/alert.js')).defineAlert,
  },
  {
    name: 'silence',
    description: 'silence alerts for a time; list and remove silences',
    load: async () => (await import('./commands/silence.js')).defineSilence,
  },
  {
    name: 'audit',
    description: 'show who did what, and verify the audit log',
    load: async () => (await import('./commands/audit.js')).defineAudit,
  },
  {
    name: 'notify',
    description: 'channels for alerts and notices, what goes to which, and what was sent',
    load: async () => (await import('./commands/notify.js')).defineNotify,
  },
  {
    name: 'login',
    description: 'print a link to sign in with a browser',
    load: async () => (await import('./commands/login.js')).defineLogin,
  },
  {
    name: 'session',
    description: 'list where you are signed in with a browser, and sign out there',
    load: async () => (await import('./commands/session.js')).defineSession,
  },
  {
    name: 'config',
    description: 'show and change the config of a running hub',
    load: async () => (await import('./commands/config.js')).defineConfig,
  },
  {
    name: 'doctor',
    description: 'check this machine, and show how to fix what fails',
    load: async () => (await import('./commands/doctor.js')).defineDoctor,
  },
  {
    name: 'completion',
    description: 'print a completion script for your shell',
    load: async () => {
      const { defineCompletion } = await import('./commands/completion.js');
      return (command, cli) => defineCompletion(command, cli, MACHINE_COMMANDS);
    },
  },
];

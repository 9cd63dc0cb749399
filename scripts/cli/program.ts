// The `agentcom` command of a checkout: everything, hubs included.

import { type CommandEntry, runProgram } from './command-line.js';
import type { ExitCode } from './exit.js';
import { MACHINE_COMMANDS } from './machine-program.js';
import type { World } from './world.js';

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'up',
    description: 'run a hub, with its own nats-server unless --nats is given',
    load: async () => (await import('./commands/up.js')).defineUp,
  },
  ...MACHINE_COMMANDS.filter(({ name }) => name !== 'doctor' && name !== 'completion'),
  {
    name: 'watch',
    description: 'watch a hub from outside, and tell somebody when it is down',
    load: async () => (await import('./commands/watch.js')).defineWatch,
  },
  {
    name: 'backup',
    description: 'create, list, verify, try out and restore backups',
    load: async () => (await import('./commands/backup.js')).defineBackup,
  },
  {
    name: 'compact',
    description: 'take a snapshot and erase what it makes superfluous',
    load: async () => (await import('./commands/compact.js')).defineCompact,
  },
  {
    name: 'doctor',
    description: 'check this machine, and show how to fix what fails',
    load: async () => {
      const [{ defineDoctor }, { checkStore }] = await Promise.all([
        import('./commands/doctor.js'),
        import('./store-checks.js'),
      ]);
      return (command, cli) => defineDoctor(command, cli, checkStore);
    },
  },
  {
    name: 'completion',
    description: 'print a completion script for your shell',
    load: async () => {
      const { defineCompletion } = await import('./commands/completion.js');
      return (command, cli) => defineCompletion(command, cli, COMMANDS);
    },
  },
  {
    name: 'bench',
    description: 'run the benchmark',
    load: async () => (await import('./commands/bench.js')).defineBench,
  },
];

const AFTER = `
Settings come from flags, then AGENTCOM_* variables, then client.toml and
hub.toml in your configuration folder.
Exit codes: 0 done, 1 failed, 2 cancelled, 64 usage, 69 hub unreachable,
75 retry later, 77 not allowed, 78 needs repair.

Examples:
  $ agentcom up --demo
  $ agentcom submit "Fix the login form" --prompt-file login.md \\
      --repo https://example.org/shop.git --wait
  $ agentcom task list --state working,blocked`;

/** Runs one command line, without the program's name. Never throws; what went wrong is said on stderr. */
export function runCommandLine(world: World, args: readonly string[]): Promise<ExitCode> {
  return runProgram(world, args, COMMANDS, { after: AFTER });
}

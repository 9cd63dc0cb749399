// What still ran when a turn or a command had ended by itself, as people are told of it: work in the background is cut off with it.

import { setTimeout as sleep } from 'node:timers/promises';
import { ellipsize } from '@agentcom/schemas/clip';
import { commandLine } from '@agentcom/schemas/host';
import { type ProcessSet, processesOf } from '../host/attempt-processes.js';
import type { RunSpec } from './run-files.js';

/** For the servers of a tool, which end when it has. */
const LEAVE_MS = 1_000;
const LOOK_EVERY_MS = 100;
const NAMED_MAX = 5;
const COMMAND_CHARS = 80;

/** How a process was started: program and arguments. */
export type Argv = readonly string[];

/** Command lines of what does not leave by itself, without `ours`. */
export async function leftRunning(processes: ProcessSet, ours: readonly Argv[]): Promise<readonly string[]> {
  const until = performance.now() + LEAVE_MS;
  for (;;) {
    const running = runningBeside(processes, new Set(), ours);
    if (running.length === 0 || performance.now() >= until) return running;
    await sleep(LOOK_EVERY_MS);
  }
}

/** Command lines of what runs now, but for the tool's `own` processes and for `ours`. */
export function runningBeside(
  processes: ProcessSet,
  own: ReadonlySet<number>,
  ours: readonly Argv[],
): readonly string[] {
  // What ended in this moment has no command line any more.
  const hidden = new Set(['', ...ours.map((argv) => inOneLine(argv.join(' ')))]);
  return processesOf(processes)
    .filter((pid) => !own.has(pid))
    .map(commandOf)
    .filter((command) => !hidden.has(command));
}

/** `left`: command lines of what was ended; `strays`: processes that were not, since nobody can know whose they are. */
export function leftNotes(
  by: RunSpec['work']['type'],
  left: readonly string[],
  strays: readonly number[],
): readonly string[] {
  const notes: string[] = [];
  if (left.length > 0) {
    const end = by === 'turn' ? "the agent's end, and stopped with it" : "the command's end, and stopped";
    notes.push(`Still running at ${end}: ${listOf(left.map(quoted))}.`);
  }
  if (strays.length > 0) {
    const named = strays.map((pid) => `${quoted(commandOf(pid))} (process ${pid})`);
    notes.push(
      `Still running in the worktree, started outside the agent's own processes and left alone: ${listOf(named)}.`,
    );
  }
  return notes;
}

function listOf(names: readonly string[]): string {
  const more = names.length - NAMED_MAX;
  return [...names.slice(0, NAMED_MAX), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

function quoted(command: string): string {
  return `\`${ellipsize(command, COMMAND_CHARS)}\``;
}

function commandOf(pid: number): string {
  return inOneLine(commandLine(pid));
}

function inOneLine(command: string): string {
  return command.replaceAll(/[\0\s]+/g, ' ').trim();
}

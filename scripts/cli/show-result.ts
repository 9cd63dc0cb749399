// What a task has brought about, as people read it: how it was verified, what was not as usual, what was asked on the way.

import type { TaskView, VerificationRun } from '@agentcom/schemas';
import { table } from './layout.js';
import type { Output } from './output.js';
import { duration, indented, oneLine, printable } from './text.js';

/** Undefined when nothing was verified. */
export function verificationText(out: Output, task: TaskView): string | undefined {
  const runs = task.result?.verification ?? [];
  if (runs.length === 0) return undefined;
  const rows = table(
    out,
    runs,
    [
      { head: 'VERIFIED BY', of: ({ command }) => command, stretch: true },
      { head: 'RESULT', of: verdict, colour: (text, run) => (passed(run) ? text : out.colours.red(text)) },
      { head: 'TOOK', of: ({ seconds }) => duration(seconds * 1000) },
    ],
    '',
  );
  const failed = runs.filter((run) => !passed(run) && run.output.trim() !== '');
  return [rows, ...failed.map(({ command, output }) => `${oneLine(command)}:\n${indented(output)}`)].join('\n');
}

function passed({ exitCode }: VerificationRun): boolean {
  return exitCode === 0;
}

function verdict(run: VerificationRun): string {
  if (passed(run)) return 'exit code 0';
  return run.exitCode === undefined ? 'did not finish' : `exit code ${run.exitCode}`;
}

/** Undefined when there is none. */
export function notesText(task: TaskView): string | undefined {
  const notes = task.result?.notes ?? [];
  return notes.length === 0 ? undefined : notes.map((note) => printable(note)).join('\n');
}

/** Undefined when no other task changes the same files. */
export function overlapsText({ overlaps = [] }: TaskView): string | undefined {
  if (overlaps.length === 0) return undefined;
  return overlaps.map(({ task, paths }) => `${task}: ${paths.map(oneLine).join(', ')}`).join('\n');
}

/** The questions that were answered, oldest first; undefined when there were none. */
export function answersText(out: Output, { answers = [] }: TaskView): string | undefined {
  if (answers.length === 0) return undefined;
  const told = answers.map(
    ({ question, answer }) =>
      `${out.colours.dim('asked')}     ${inline(question)}\n${out.colours.dim('answered')}  ${inline(answer)}`,
  );
  return told.join('\n');
}

/** Further lines stand under the first. */
function inline(text: string): string {
  return printable(text).trim().replaceAll('\n', '\n          ');
}

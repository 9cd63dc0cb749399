// Why a test task failed, as the person who joins a machine reads it.

import type { Job } from '@agentcom/sidecar/core/job-model';
import { type CommandError, failed } from '../exit.js';

const OUTPUT_LINES = 10;
const PROBLEMS: readonly string[] = ['warn', 'error', 'fatal'];

const NO_REPOSITORY =
  'The test runs the program in an empty directory that is not a git repository, and asks it to do nothing. If it cannot do without a repository, add --no-test.';

/** Its failure, with the end of what its agent printed: mostly the cause is said there. */
export function taskFailure({ failure, exit, task }: Pick<Job, 'failure' | 'exit' | 'task'>): CommandError {
  const message = `the test task failed: ${failure?.code}: ${failure?.message}`;
  const printed = printedText(exit?.tail);
  const remedy = [...(printed === undefined ? [] : [printed]), ...(task.repo === undefined ? [NO_REPOSITORY] : [])];
  return failed('join.test_failed', message, remedy.length === 0 ? undefined : remedy.join('\n'));
}

/** Undefined when nothing was printed. */
export function printedText(output = ''): string | undefined {
  if (output.trim() === '') return undefined;
  const lines = output.trimEnd().split('\n');
  const last = lines.slice(-OUTPUT_LINES).map((line) => `  ${line}`);
  return [`The agent printed${last.length < lines.length ? ' last' : ''}:`, ...last].join('\n');
}

/** A destination of a log that keeps the newest warning or error as text. */
export class LastProblem {
  text: string | undefined;

  write(line: string): void {
    const { level, msg, err } = JSON.parse(line) as { level: string; msg: string; err?: { message: string } };
    if (PROBLEMS.includes(level)) this.text = err === undefined ? msg : `${msg}: ${err.message}`;
  }
}

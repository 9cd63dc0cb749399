// Why an attempt failed, as people read it: the cause first, then its code, and what to do with the ids in place.

import type { TaskView } from '@agentcom/schemas';
import type { Invocation } from './invocation.js';
import { firstLine, printable } from './text.js';

type TaskError = NonNullable<TaskView['attempts'][number]['error']>;

/** With the cause in a line. */
export interface ExplainedError {
  readonly cause: string;
  readonly code: string;
  /** What follows the cause, such as the end of a command's output; undefined without. */
  readonly output: string | undefined;
  /** Undefined when the code is not known here. */
  readonly remedy: string | undefined;
}

/** That of the last attempt, unless it has made up for it. Undefined when there is none, or when no person reads it. */
export async function lastError(invocation: Invocation, task: TaskView): Promise<ExplainedError | undefined> {
  const error = task.state === 'completed' ? undefined : task.attempts.at(-1)?.error;
  if (error === undefined || invocation.out.json) return undefined;
  const [, ...more] = printable(error.message).trim().split('\n');
  const output = more.join('\n').trimEnd();
  return {
    cause: firstLine(error.message),
    code: error.code,
    output: output === '' ? undefined : output,
    remedy: await remedyOf(invocation, error.code, task.id),
  };
}

export async function remedyOf(invocation: Invocation, code: string, task: string): Promise<string | undefined> {
  const { failureMeaning } = await import('@agentcom/schemas/explanations');
  const meaning = failureMeaning(code);
  return meaning && invocation.runnable(meaning.remedy, { ID: task });
}

/** For a list of named values. */
export function errorFields(invocation: Invocation, error: ExplainedError | undefined) {
  if (error === undefined) return [];
  const { cause, code, remedy } = error;
  const explain =
    remedy === undefined ? '' : `  ${invocation.out.colours.dim(`${invocation.world.self} explain ${code}`)}`;
  return [
    ['cause', cause],
    ['code', `${code}${explain}`],
    ['what to do', remedy],
  ] as const;
}

/** In a line, where there is room for no more. */
export function errorLine({ message, code }: Pick<TaskError, 'message' | 'code'>): string {
  return `${firstLine(message)} (${code})`;
}

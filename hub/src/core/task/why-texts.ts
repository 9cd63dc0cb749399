// Parts of what is said of a task.

import type { TaskError, WhyReason } from '@agentcom/schemas';
import type { Task } from './task.js';

/** In a sentence, and in a few words that stay the same while it lasts; none where a task just runs. */
export interface Reason extends WhyReason {
  readonly brief: string;
}

export function failureOf({ attemptLog }: Task): Pick<WhyReason, 'failure'> {
  const failure = attemptLog?.at(-1)?.error?.code;
  return failure === undefined ? {} : { failure };
}

/** In a line: what the agent's output adds to it is in the task. */
export function errorText({ message, code }: TaskError): string {
  return `${
    message
      .trimStart()
      .split('\n', 1)[0]
      ?.replace(/[\s.:]+$/, '') ?? ''
  } (${code})`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

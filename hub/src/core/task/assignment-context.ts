// What an assignment says of the time before it: earlier attempts, answers that were given, and what was used. The newest of each, and
// never more than the room that an assignment has for it beside the task.

import { type Answered, type AssignedTask, ellipsize, LIMITS, type PastAttempt } from '@agentcom/schemas';
import { usedOf } from './budget.js';
import type { Attempt, Task } from './task.js';
import { inOneCost } from './usage.js';

type AssignmentContext = Pick<
  AssignedTask,
  'pastAttempts' | 'answers' | 'used' | 'push' | 'freshSession' | 'promptChanged'
>;

/** Bytes of JSON for the sums and the names of the parts; the attempts get the next part, the answers all that is left. */
const SUMS_BYTES = 512;
const ATTEMPTS_BYTES = 12 * 1024;
/** Characters that fit in any case, however they are escaped. */
const ERROR_CHARS = 1_000;
const ANSWER_CHARS = 2_000;
const QUESTION_CHARS = 1_000;

/** Empty for a task that nobody has worked on. */
export function assignmentContext(task: Task): AssignmentContext {
  const before = task.attemptLog?.slice(-LIMITS.pastAttempts) ?? [];
  if (before.length === 0) return {};
  const pastAttempts = newestWithin(before, ATTEMPTS_BYTES, attemptForms);
  const room = LIMITS.assignmentPastBytes - SUMS_BYTES - jsonBytes(pastAttempts);
  const answers = newestWithin(task.answers ?? [], room, answerForms);
  const used = usedOf(task);
  return {
    pastAttempts,
    ...(answers.length > 0 && { answers }),
    ...(used !== undefined && { used: inOneCost(used) }),
    ...(task.push !== undefined && { push: { salvageRef: task.push.salvageRef } }),
    ...(isNewSince(task, task.freshAfter) && { freshSession: true }),
    ...(isNewSince(task, task.promptChangedAfter) && { promptChanged: true }),
  };
}

/** Whether its agent has not worked on it since that generation. */
function isNewSince({ agent, attemptLog }: Task, generation: number | undefined): boolean {
  if (generation === undefined) return false;
  return attemptLog?.some((attempt) => attempt.agent === agent && attempt.generation > generation) !== true;
}

/** Whole, then short. */
function* attemptForms({ generation, agent, error }: Attempt): Iterable<PastAttempt> {
  if (error === undefined) return yield { generation, agent };
  yield { generation, agent, error };
  yield { generation, agent, error: { ...error, message: ellipsize(error.message, ERROR_CHARS) } };
}

/** Whole, then without what stood around the question, then short. */
function* answerForms(answered: Answered): Iterable<Answered> {
  const { questionId, question, answer } = answered;
  yield answered;
  yield { questionId, question, answer };
  yield { questionId, question: ellipsize(question, QUESTION_CHARS), answer: ellipsize(answer, ANSWER_CHARS) };
}

/** The newest items that fit together, each in the first of its forms that does; in their order. */
function newestWithin<T, U>(items: readonly T[], bytes: number, formsOf: (item: T) => Iterable<U>): U[] {
  const taken: U[] = [];
  let room = bytes;
  for (const item of items.toReversed()) {
    const form = firstWithin(formsOf(item), room);
    if (form === undefined) break;
    taken.push(form);
    room -= jsonBytes(form) + 1;
  }
  return taken.reverse();
}

function firstWithin<U>(forms: Iterable<U>, bytes: number): U | undefined {
  for (const form of forms) if (jsonBytes(form) < bytes) return form;
  return undefined;
}

/** UTF-8 bytes of the JSON text. */
function jsonBytes(value: unknown): number {
  let bytes = 0;
  for (const char of JSON.stringify(value)) {
    const code = char.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

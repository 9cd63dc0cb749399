// Judges how a turn of the agent ended.

import { clip } from '@agentcom/schemas/clip';
import type { Exit, Failure } from './attempt.js';
import type { Job } from './job-model.js';

export type Verdict =
  | { readonly is: 'done' }
  /** A question is open. */
  | { readonly is: 'asked' }
  /** A question was open and has its answer already. */
  | { readonly is: 'answered' }
  /** The session that it was to go on with is not known any more. */
  | { readonly is: 'forgotten' }
  | { readonly is: 'failed'; readonly failure: Failure };

const MESSAGE_BYTES = 1_000;
/** A tool that does not know a session says so before it has done anything. */
const FORGOTTEN_SECONDS_MAX = 60;

export const BUDGET_USED: Failure = {
  class: 'budget',
  code: 'budget.used',
  message: 'the budget of the task is used up',
};
const AT_THE_HIGHEST_PRICE =
  'the budget of the task is used up, counted at the highest prices that are known: its model has none; name it in `runner.pricesFile`';

/**
 * `job` with the turn's exit, and the question that is open, taken into it. What money and limits say comes first; a question excuses
 * everything else, since a turn that has asked is meant to end, however it does.
 */
export function judgeTurn(job: Job, exit: Exit): Verdict {
  if (exit.cut === 'budget') return { is: 'failed', failure: budgetUsed(job, exit) };
  if (job.question !== null) return { is: 'asked' };
  if (job.isAnswerDue) return { is: 'answered' };
  const failure = failureOf(exit);
  if (failure === null) return { is: 'done' };
  return isForgotten(job, exit, failure) ? { is: 'forgotten' } : { is: 'failed', failure };
}

function budgetUsed({ budget }: Job, { usage }: Exit): Failure {
  const isPriced = usage.costMicros !== undefined || budget.costMicros === undefined || budget.tokens !== undefined;
  return isPriced ? BUDGET_USED : { ...BUDGET_USED, message: AT_THE_HIGHEST_PRICE };
}

function isForgotten({ turn }: Job, { code, cut, usage, seconds }: Exit, { class: kind }: Failure): boolean {
  const hasWorked = (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0) + (usage.costMicros ?? 0) > 0;
  const isOwnEnd = cut === null && code !== null && kind === 'transient';
  return turn.resume !== null && isOwnEnd && !hasWorked && seconds <= FORGOTTEN_SECONDS_MAX;
}

function failureOf(exit: Exit): Failure | null {
  const said = exit.final === null ? '' : clip(exit.final.text.trim(), MESSAGE_BYTES);
  switch (exit.cut) {
    case 'limit':
      return { class: 'rate_limited', code: 'runner.limited', message: said || 'the agent has met its usage limit' };
    case 'inactive':
      return { class: 'timeout', code: 'runner.inactive', message: 'the agent printed nothing for too long' };
    case 'timeout':
      return { class: 'timeout', code: 'runner.timeout', message: 'the agent took longer than the task allows' };
    case 'asked':
      return {
        class: 'transient',
        code: 'runner.ended',
        message: 'the agent was ended for a question that is not known',
      };
    case 'lingering':
      return exit.final?.ok === false ? refused(said) : null;
    default:
      return exit.final?.ok === false ? refused(said) : failureOfCode(exit);
  }
}

function refused(said: string): Failure {
  return { class: 'transient', code: 'runner.failed', message: said || 'the agent says that it has failed' };
}

function failureOfCode({ code, signal }: Exit): Failure | null {
  if (code === 0) return null;
  if (code !== null) {
    return { class: 'transient', code: 'runner.failed', message: `the agent ended with exit code ${code}` };
  }
  if (signal !== null) {
    return { class: 'transient', code: 'runner.killed', message: `the agent was ended by ${signal}` };
  }
  return { class: 'transient', code: 'runner.lost', message: "the agent's process is gone and left no exit code" };
}

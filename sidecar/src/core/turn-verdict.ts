// Judges how a turn of the agent ended.

import { clip } from '@agentcom/schemas/clip';
import type { Exit, Failure } from './attempt.js';
import type { Job } from './job-model.js';
import { endedSubmitted, hasWorked } from './turn-evidence.js';

export type Verdict =
  | { readonly is: 'done' }
  /** A question is open. */
  | { readonly is: 'asked' }
  /** A question was open and has its answer already. */
  | { readonly is: 'answered' }
  /** The session it was to resume is unknown by now, or cannot be resumed. */
  | { readonly is: 'forgotten' }
  | { readonly is: 'failed'; readonly failure: Failure };

const MESSAGE_BYTES = 1_000;
/** Leaves room for the remedy where the reason is shown. */
const SAID_BYTES = 400;
export const NOT_SIGNED_IN = 'runner.not_signed_in';
/** A tool that does not know a session says so before it has done anything. */
const FORGOTTEN_SECONDS_MAX = 60;

export const BUDGET_USED: Failure = {
  class: 'budget',
  code: 'budget.used',
  message: "the task's budget is used up",
};
const AT_THE_HIGHEST_PRICE =
  "the task's budget is used up, counted at the highest known prices because its model has none; add the model to `runner.pricesFile`";

/**
 * `job` with the turn's exit, and the question that is open, taken into it. What money and limits say comes first; a question excuses
 * everything else, since a turn that has asked is meant to end, however it does.
 */
export function judgeTurn(job: Job, exit: Exit): Verdict {
  if (exit.cut === 'budget') return { is: 'failed', failure: budgetUsed(job, exit) };
  if (job.question !== null) return { is: 'asked' };
  if (job.isAnswerDue) return { is: 'answered' };
  const failure = notSignedIn(exit) ?? (endedSubmitted(job, exit) ? null : failureOf(exit)) ?? nothingDone(job, exit);
  if (failure === null) return { is: 'done' };
  return isForgotten(job, exit, failure)
    ? { is: 'forgotten' }
    : { is: 'failed', failure: withAnswer(job, exit, failure) };
}

/**
 * Said beside a failure that ends the turn, or by a tool that did not get to work at all. Work that was done before is kept, and is no
 * reason to blame the task.
 */
function notSignedIn(exit: Exit): Failure | null {
  const { signedOut, final } = exit;
  if (signedOut === null || (final?.ok !== false && hasWorked(exit))) return null;
  const said = clip(signedOut.said.trim(), SAID_BYTES);
  const remedy = signedOut.remedy === '' ? '' : `: ${signedOut.remedy}`;
  const message = `the agent is not signed in on this machine (${said})${remedy}`;
  return { class: 'machine', code: NOT_SIGNED_IN, message };
}

/** Whatever the agent tried was refused, so its success is none. Work of a turn before is judged by the checks. */
function nothingDone({ turn, workspace, submitted }: Job, { refused, refusals, calls }: Exit): Failure | null {
  const isFirst = turn.number === 1 && !(workspace?.kind === 'git' && workspace.restored);
  if (!isFirst || submitted !== null || refusals === 0 || calls > refusals) return null;
  const message = `every tool call of the agent was denied: ${refused.join('; ')}`;
  return { class: 'permanent', code: 'runner.refused', message: clip(message, MESSAGE_BYTES), mend: 'person' };
}

/** The next attempt is told the answer again. */
function withAnswer({ answers, turn }: Job, exit: Exit, failure: Failure): Failure {
  const answer = answers.at(-1);
  const isUndelivered = answer !== undefined && turn.prompt.includes(answer.answer) && !hasWorked(exit);
  return isUndelivered && turn.number > 1
    ? { ...failure, message: `${failure.message}; it did not receive the answer to its question` }
    : failure;
}

function budgetUsed({ budget }: Job, { usage }: Exit): Failure {
  const isPriced = usage.costMicros !== undefined || budget.costMicros === undefined || budget.tokens !== undefined;
  return isPriced ? BUDGET_USED : { ...BUDGET_USED, message: AT_THE_HIGHEST_PRICE };
}

/** A session that hangs before it has done anything is as good as forgotten. */
function isForgotten({ turn }: Job, exit: Exit, { class: kind }: Failure): boolean {
  const { code, cut, seconds } = exit;
  const isOwnEnd = cut === null && code !== null && kind === 'transient' && seconds <= FORGOTTEN_SECONDS_MAX;
  return turn.resume !== null && !hasWorked(exit) && (isOwnEnd || cut === 'inactive');
}

function failureOf(exit: Exit): Failure | null {
  const said = exit.final === null ? '' : clip(exit.final.text.trim(), MESSAGE_BYTES);
  switch (exit.cut) {
    case 'limit':
      return { class: 'rate_limited', code: 'runner.limited', message: said || 'the agent has hit its usage limit' };
    case 'inactive':
      return {
        class: 'timeout',
        code: 'runner.inactive',
        message: 'the agent did nothing for too long: no output, no open tool call, no busy process',
      };
    case 'disk':
      return {
        class: 'transient',
        code: 'runner.disk_low',
        message: 'the agent was stopped because the disk of its machine was nearly full',
      };
    case 'timeout':
      return { class: 'timeout', code: 'runner.timeout', message: 'the agent took longer than the task allows' };
    case 'asked':
      return {
        class: 'transient',
        code: 'runner.ended',
        message: 'the agent was stopped for a question that was lost',
      };
    case 'lingering':
      return exit.final?.ok === false ? refused(said) : null;
    default:
      if (exit.final === null) return failureOfCode(exit) ?? silence(exit);
      // It decides over the exit code, which a hook or a clean-up of the tool may spoil; checks of the work follow.
      return exit.final.ok ? null : refused(said);
  }
}

function silence({ hasFinalEvent }: Exit): Failure | null {
  const message = 'the agent exited with code 0 but sent no final event, so its turn may be unfinished';
  return hasFinalEvent ? { class: 'transient', code: 'runner.no_final_event', message } : null;
}

function refused(said: string): Failure {
  return { class: 'transient', code: 'runner.failed', message: said || 'the agent reported a failure' };
}

function failureOfCode({ code, signal }: Exit): Failure | null {
  if (code === 0) return null;
  if (code !== null) {
    return { class: 'transient', code: 'runner.failed', message: `the agent exited with code ${code}` };
  }
  if (signal !== null) {
    return { class: 'transient', code: 'runner.killed', message: `the agent was killed by ${signal}` };
  }
  return { class: 'transient', code: 'runner.lost', message: "the agent's process disappeared without an exit code" };
}

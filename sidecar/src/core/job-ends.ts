// The transitions of the job machine at its end: completion, failure, being given up, and forgetting.

import { clipCodePoints } from '@agentcom/schemas/clip';
import { LIMITS } from '@agentcom/schemas/limits';
import { type AttemptId, type Failure, idOf, sameAttempt } from './attempt.js';
import type { Action, Job, JobState, Phase, RetriedPhase, Step } from './job-model.js';
import { take } from './job-offers.js';
import { completionOf, failureReport, mayBePushed } from './job-reports.js';
import { enter, enterAndSay, ignore, keep, note, report, say } from './job-steps.js';
import { discard } from './outbox.js';
import { carryOver } from './previous-attempt.js';

/** Pauses before a phase's work is tried again; after the last it has failed. */
export const RETRY_PAUSES_MS: Readonly<Record<RetriedPhase, readonly number[]>> = {
  checking: [1_000, 4_000, 16_000, 60_000, 120_000, 300_000],
  verifying: [1_000, 30_000, 120_000],
  pushing: [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 60_000, 120_000, 300_000],
  requesting: [2_000, 10_000, 30_000, 60_000],
};

export function reportCompletion(state: JobState, job: Job): Step {
  return report(state, { ...job, phase: 'reporting', tries: 0 }, completionOf(job));
}

/**
 * Once the agent has done its work, what may pass is tried again here, and what does not pass waits for a person: another attempt would do the
 * work again for nothing. The work is pushed when a request fails: then the attempt has not, and its result says why there is none.
 */
export function failed(state: JobState, job: Job, given: Failure): Step {
  const { phase } = job;
  const failure = phase === 'preparing' ? beforeAgent(given) : given;
  const isPassing = isRetried(phase) && (failure.class === 'transient' || failure.class === 'machine');
  const ms = isPassing ? RETRY_PAUSES_MS[phase][job.tries] : undefined;
  if (isPassing && ms !== undefined) return tryAgain(state, job, phase, failure, ms);
  if (phase === 'requesting') {
    return reportCompletion(state, { ...job, requested: { url: null, notes: [failure.message] } });
  }
  const isForPerson = isPassing || failure.mend === 'person';
  const final: Failure = isForPerson ? { ...failure, class: 'permanent', mend: 'person' } : failure;
  return enter(state, { ...job, phase: 'salvaging', failure: final });
}

/** No agent was started, so no attempt is used: another machine, or a later time, may be better. What is of the task waits for a person. */
function beforeAgent(given: Failure): Failure {
  if (given.class === 'transient') return { ...given, class: 'machine' };
  return given.class === 'verification' ? { ...given, class: 'permanent', mend: 'person' } : given;
}

function isRetried(phase: Phase): phase is RetriedPhase {
  return phase in RETRY_PAUSES_MS;
}

function tryAgain(state: JobState, job: Job, phase: RetriedPhase, { message }: Failure, ms: number): Step {
  const note = clipCodePoints(`trying again in ${ms / 1000} s: ${message}`, LIMITS.noteChars);
  const told = report(state, { ...job, tries: job.tries + 1 }, { type: 'task.progress', note });
  const wait: Action = { do: 'wait', attempt: idOf(job), for: { kind: 'retry', phase }, ms };
  return { ...told, actions: [...told.actions, wait] };
}

export function salvaged(state: JobState, job: Job): Step {
  if (job.failure === null) return givenUp(state, job);
  return reportFailure(state, job, job.failure);
}

/** For an attempt that has nothing to keep, or has kept it. */
export function reportFailure(state: JobState, job: Job, failure: Failure): Step {
  return report(state, { ...job, phase: 'reporting', failure }, failureReport(job, failure));
}

/** Gives the attempt up: whatever runs is stopped, what is not pushed is kept, nothing more is reported. */
export function abandon(state: JobState, job: Job): Step {
  const given: Job = { ...job, failure: null, question: null, isAnswerDue: false, outbox: discard(job.outbox) };
  const fresh = { ...state, links: state.links + 1 };
  switch (job.phase) {
    case 'stopped':
      return { state, actions: say(state, job) };
    case 'stopping':
    case 'withdrawing':
      return ignore(state, 'repeated');
    case 'salvaging':
      return job.failure === null ? ignore(state, 'repeated') : keep(fresh, given);
    case 'assigned':
    case 'reporting':
      return givenUp(fresh, given);
    default:
      return enter(fresh, { ...given, phase: 'stopping', isCutShort: job.phase === 'running' });
  }
}

/** Of an attempt whose work is kept: what has left this machine is withdrawn before it is said to have stopped. */
function givenUp(state: JobState, job: Job): Step {
  return mayBePushed(job)
    ? enter(state, { ...job, phase: 'withdrawing' })
    : enterAndSay(state, { ...job, phase: 'stopped' });
}

export function cancelled(state: JobState, attempt: AttemptId): Step {
  const { job, next } = state;
  if (job !== null && sameAttempt(idOf(job), attempt)) {
    return job.phase === 'stopped' ? ignore(state, 'repeated') : abandon(state, job);
  }
  const offered = next?.offer.assignment;
  const isNext = offered !== undefined && sameAttempt(idOf(offered), attempt);
  const left = isNext ? { ...state, next: null } : state;
  return { state: left, actions: note(state, attempt, { type: 'task.stopped', ...attempt }) };
}

/** The attempt is over for both sides. */
export function forget(state: JobState, job: Job, now: number): Step {
  const keepFiles = job.salvage !== null && !job.salvage.isComplete;
  const left = { task: job.task.id, previous: carryOver(job) };
  const free: JobState = { ...state, job: null, engaged: false, isLastTurn: false, next: null, left };
  const taken = state.next === null ? { state: free, actions: [] } : takeInTime(free, state.next, now);
  return { state: taken.state, actions: [{ do: 'forget', job, keepFiles }, ...taken.actions] };
}

/** An offer is always answered: an agent that lets one pass counts as not responding. */
function takeInTime(state: JobState, { offer, until }: NonNullable<JobState['next']>, now: number): Step {
  if (now < until) return take(state, offer);
  const attempt = idOf(offer.assignment);
  const reason = 'its last task ended too late for the offer';
  return { state, actions: note(state, attempt, { type: 'task.reject', ...attempt, reason }) };
}

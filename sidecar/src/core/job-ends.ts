// The transitions of the job machine at its end: completion, failure, being given up, and forgetting.

import { type AttemptId, type Failure, idOf, sameAttempt } from './attempt.js';
import type { Job, JobState, RetriedPhase, Step } from './job-model.js';
import { take } from './job-offers.js';
import { completionOf, failureReport, mayBePushed } from './job-reports.js';
import { enter, enterAndSay, ignore, keep, note, report, say } from './job-steps.js';
import { discard } from './outbox.js';
import { carryOver } from './previous-attempt.js';

/** Pauses before a phase's work is tried again; after the last it has failed. */
export const RETRY_PAUSES_MS: Readonly<Record<RetriedPhase, readonly number[]>> = {
  pushing: [1_000, 2_000, 4_000, 8_000, 16_000],
  requesting: [2_000, 10_000, 30_000, 60_000],
};

export function reportCompletion(state: JobState, job: Job): Step {
  return report(state, { ...job, phase: 'reporting', tries: 0 }, completionOf(job));
}

/** Tried again where that may help. The work is pushed when a request fails: then the attempt has not, and its result says why there is none. */
export function failed(state: JobState, job: Job, given: Failure): Step {
  const { phase } = job;
  const failure = phase === 'preparing' || phase === 'running' ? given : asOwnFault(given);
  if (phase === 'pushing' || phase === 'requesting') {
    const ms = RETRY_PAUSES_MS[phase][job.tries];
    if (failure.class === 'transient' && ms !== undefined) {
      const tried = { ...job, tries: job.tries + 1 };
      return {
        state: { ...state, job: tried },
        actions: [{ do: 'wait', attempt: idOf(job), for: { kind: 'retry', phase }, ms }],
      };
    }
  }
  if (phase === 'requesting') {
    return reportCompletion(state, { ...job, requested: { url: null, notes: [failure.message] } });
  }
  // Another attempt would only meet it again.
  const final: Failure = failure.mend === 'person' ? { ...failure, class: 'permanent' } : failure;
  return enter(state, { ...job, phase: 'salvaging', failure: final });
}

/** Once there is work, a fault of the machine is one more failure of this attempt: it is retried here, and not done again elsewhere for nothing. */
function asOwnFault(failure: Failure): Failure {
  return failure.class === 'machine' ? { ...failure, class: 'transient' } : failure;
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
      return enter(fresh, { ...given, phase: 'stopping' });
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
  const free: JobState = { ...state, job: null, engaged: false, next: null, left };
  const taken =
    state.next !== null && now < state.next.until ? take(free, state.next.offer) : { state: free, actions: [] };
  return { state: taken.state, actions: [{ do: 'forget', job, keepFiles }, ...taken.actions] };
}

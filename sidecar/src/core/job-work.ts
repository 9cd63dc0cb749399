// The transitions of the job machine from finished work to its report: checked, verified, pushed, requested. Without a repository there
// is nothing to check, push or request.

import type { VerificationRun } from '@agentcom/schemas';
import type { Failure } from './attempt.js';
import { reportCompletion } from './job-ends.js';
import type { Job, JobState, Step } from './job-model.js';
import { notTaken } from './job-next-turn.js';
import { noChangeOf } from './job-reports.js';
import { enter } from './job-steps.js';
import { failureOfRuns, verifyCommands } from './verification.js';

export function succeeded(state: JobState, job: Job): Step {
  return job.workspace?.kind === 'git' ? enter(state, { ...job, phase: 'checking' }) : checked(state, job);
}

export function checked(state: JobState, job: Job): Step {
  return verifyCommands(job).length > 0 && job.task.push === undefined
    ? enter(state, { ...job, phase: 'verifying' })
    : verified(state, job, []);
}

/** The work did not pass the check of what is in the repository. */
export function refused(state: JobState, job: Job, failure: Failure): Step {
  const { workspace, submitted } = job;
  const isNothing = failure.code === 'git.no_commit' && submitted?.noChange !== undefined;
  if (!isNothing || workspace?.kind !== 'git') return notTaken(state, job, failure);
  return checked(state, {
    ...job,
    checked: { commit: workspace.base, base: workspace.base, notes: failure.notes ?? [] },
  });
}

export function verified(
  state: JobState,
  job: Job,
  runs: readonly VerificationRun[],
  notes: readonly string[] = [],
): Step {
  const tested = { ...job, verification: runs, notes: [...job.notes, ...notes] };
  const failure = failureOfRuns(runs);
  if (failure !== null) return notTaken(state, tested, failure);
  return job.workspace?.kind === 'git' && noChangeOf(job) === null
    ? enter(state, { ...tested, phase: 'pushing' })
    : reportCompletion(state, tested);
}

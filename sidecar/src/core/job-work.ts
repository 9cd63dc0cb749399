// The transitions of the job machine from finished work to its report: checked, verified, pushed, requested. Without a repository there
// is nothing to check, push or request.

import type { VerificationRun } from '@agentcom/schemas';
import { failed, reportCompletion } from './job-ends.js';
import type { Job, JobState, Step } from './job-model.js';
import { enter } from './job-steps.js';
import { failureOfRuns, verifyCommands } from './verification.js';

export function succeeded(state: JobState, job: Job): Step {
  return job.workspace?.kind === 'git' ? enter(state, { ...job, phase: 'checking' }) : checked(state, job);
}

export function checked(state: JobState, job: Job): Step {
  return verifyCommands(job).length > 0 ? enter(state, { ...job, phase: 'verifying' }) : verified(state, job, []);
}

export function verified(state: JobState, job: Job, runs: readonly VerificationRun[]): Step {
  const tested = { ...job, verification: runs };
  const failure = failureOfRuns(runs);
  if (failure !== null) return failed(state, tested, failure);
  return job.workspace?.kind === 'git'
    ? enter(state, { ...tested, phase: 'pushing' })
    : reportCompletion(state, tested);
}

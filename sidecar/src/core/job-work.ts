// The transitions of the job machine from finished work to its report: checked, verified, pushed, requested. Without a repository there
// is nothing to check, push or request.

import type { VerificationRun } from '@agentcom/schemas';
import type { Failure } from './attempt.js';
import { failed, reportCompletion } from './job-ends.js';
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

/** The work of a phase could not be done. What people have let through goes to no agent. */
export function notDone(state: JobState, job: Job, failure: Failure): Step {
  if (job.phase === 'checking') return refused(state, job, failure);
  return job.phase === 'pushing' && job.task.push === undefined
    ? notTaken(state, job, failure)
    : failed(state, job, failure);
}

/** The work did not pass the check of what is in the repository. */
function refused(state: JobState, job: Job, failure: Failure): Step {
  const { workspace, submitted } = job;
  const isNothing = failure.code === 'git.no_commit' && submitted?.noChange !== undefined;
  if (!isNothing || workspace?.kind !== 'git') return notTaken(state, job, failure);
  return checked(state, {
    ...job,
    checked: { commit: workspace.base, base: workspace.base, notes: failure.notes ?? [] },
  });
}

/** From then on the attempt's branch is the one at the remote. */
export function pushed(state: JobState, job: Job, branch?: string): Step {
  const { workspace, notes } = job;
  if (branch === undefined || workspace?.kind !== 'git') return enter(state, { ...job, phase: 'requesting' });
  const note = `${workspace.branch} was taken at the remote during the run, so the work was pushed as ${branch}`;
  const renamed = { ...job, workspace: { ...workspace, branch }, notes: [...notes, note] };
  return enter(state, { ...renamed, phase: 'requesting' });
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

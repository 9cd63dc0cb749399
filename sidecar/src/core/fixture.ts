// Jobs and events for the tests of the core.

import type { AssignedTask } from '@agentcom/schemas';
import type { Assignment, AttemptId, Exit, Workspace } from './attempt.js';
import type { Action, Job, JobState, Phase } from './job.js';
import { EMPTY_OUTBOX, put } from './outbox.js';

export const TASK_ID = '0199a000-0000-7000-8000-0123456789ab';
export const ATTEMPT: AttemptId = { task: TASK_ID, generation: 3 };

export function task(more: Partial<AssignedTask> = {}): AssignedTask {
  return {
    id: TASK_ID,
    title: 'Mend the roof',
    prompt: 'Please.',
    lane: 'normal',
    needs: [],
    labels: {},
    maxAttempts: 3,
    runTimeoutSeconds: 60,
    dependsOn: [],
    repo: { url: 'file:///srv/roof.git' },
    ...more,
  };
}

export function assignment(more: Partial<AssignedTask> = {}, generation = ATTEMPT.generation): Assignment {
  return { task: task(more), generation, acceptWithinMs: 60_000 };
}

export const WORKSPACE: Workspace = {
  kind: 'git',
  dir: '/somewhere/here',
  mirror: '/mirrors/roof.git',
  gitDir: '/mirrors/roof.git/worktrees/here',
  url: 'file:///srv/roof.git',
  branch: 'agentcom/tern/0123456789ab-g3-mend-the-roof',
  base: 'a'.repeat(40),
  salvageRef: 'refs/agentcom/salvage/tern/0123456789ab-g3',
};

export const COMMIT = 'c'.repeat(40);
export const EXIT: Exit = { code: 0, signal: null, tail: 'all done\n', seconds: 12 };

/** A job as it stands in a phase on the way of a task with a repository that goes well. */
export function jobIn(phase: Phase, more: Partial<Job> = {}): Job {
  const isRun = !['assigned', 'preparing'].includes(phase);
  const hasEnded = !['assigned', 'preparing', 'running'].includes(phase);
  const reported = put(EMPTY_OUTBOX, { type: 'task.complete', result: { summary: 'all done', commit: COMMIT } });
  return {
    task: task(),
    generation: ATTEMPT.generation,
    phase,
    workspace: isRun ? WORKSPACE : null,
    exit: hasEnded ? EXIT : null,
    commit: phase === 'pushing' || phase === 'reporting' ? COMMIT : null,
    pushTries: 0,
    failure: null,
    salvage: null,
    outbox: phase === 'reporting' ? reported : EMPTY_OUTBOX,
    ...more,
  };
}

export function stateWith(job: Job | null, more: Partial<JobState> = {}): JobState {
  return { online: true, turn: 1, job, engaged: job !== null, next: null, ...more };
}

/** The names of actions, with what they send. */
export function namesOf(actions: readonly Action[]): string[] {
  return actions.map((action) => (action.do === 'send' ? `send ${action.frame.type}` : action.do));
}

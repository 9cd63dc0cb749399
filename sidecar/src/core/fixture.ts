// Jobs and events for the tests of the core.

import type { AssignedTask, Question } from '@agentcom/schemas';
import type { Assignment, AttemptId, Checked, Exit, Workspace } from './attempt.js';
import { BLANK_EXIT, BLANK_JOB } from './blank.js';
import { type Action, type Job, type JobEvent, type JobState, type Phase, step } from './job.js';
import { EMPTY_OUTBOX, put } from './outbox.js';
import { NO_SETTINGS } from './repo-settings.js';

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

export function offered(more: Partial<AssignedTask> = {}, generation = ATTEMPT.generation): JobEvent {
  const chosen = { kind: 'command', model: null } as const;
  return { type: 'assign', assignment: assignment(more, generation), chosen, budget: {}, previous: null };
}

export const WORKSPACE: Workspace & { readonly kind: 'git' } = {
  kind: 'git',
  dir: '/somewhere/here',
  mirror: '/mirrors/roof.git',
  gitDir: '/mirrors/roof.git/worktrees/here',
  url: 'file:///srv/roof.git',
  branch: 'agentcom/tern/0123456789ab-g3-mend-the-roof',
  base: 'a'.repeat(40),
  baseBranch: 'main',
  salvageRef: 'refs/agentcom/salvage/tern/0123456789ab-g3',
  restored: false,
  settings: { ...NO_SETTINGS, verify: ['npm test'] },
};

export const COMMIT = 'c'.repeat(40);
export const CHECKED: Checked = { commit: COMMIT, base: WORKSPACE.base, notes: [] };
export const EXIT: Exit = { ...BLANK_EXIT, code: 0, tail: 'all done\n', seconds: 12 };
export const RUN = { command: 'npm test', exitCode: 0, seconds: 2, output: 'ok' };
export const QUESTION: Question = { questionId: 'q1', question: 'Slate or tiles?', choices: ['slate', 'tiles'] };

/** The way of a task with a repository that goes well. */
const WAY: readonly Phase[] = ['assigned', 'preparing', 'running', 'checking', 'verifying', 'pushing', 'requesting'];

/** A job as it stands in a phase: on its way, or behind all of it. */
export function jobIn(phase: Phase, more: Partial<Job> = {}): Job {
  const at = phase === 'blocked' ? WAY.indexOf('running') + 0.5 : WAY.indexOf(phase);
  const isBehind = (earlier: Phase) => at === -1 || at > WAY.indexOf(earlier);
  const completed = put(EMPTY_OUTBOX, { type: 'task.complete', result: { summary: 'all done', commit: COMMIT } });
  const asked = put(EMPTY_OUTBOX, { type: 'task.block', ...QUESTION });
  return {
    ...BLANK_JOB,
    task: task(),
    generation: ATTEMPT.generation,
    phase,
    runner: { kind: 'command', model: null },
    workspace: isBehind('preparing') ? WORKSPACE : null,
    turn: isBehind('preparing') ? { number: 1, prompt: 'Please.', resume: null } : BLANK_JOB.turn,
    question: phase === 'blocked' ? QUESTION : null,
    exit: isBehind('running') ? EXIT : null,
    checked: isBehind('checking') ? CHECKED : null,
    verification: isBehind('verifying') ? [RUN] : [],
    outbox: phase === 'reporting' ? completed : phase === 'blocked' ? asked : EMPTY_OUTBOX,
    ...more,
  };
}

export function stateWith(job: Job | null, more: Partial<JobState> = {}): JobState {
  const contact = { lostAt: null, graceMs: 120_000 };
  const free = { online: true, links: 1, contact, isPastGrace: false, isLastTurn: false, next: null, left: null };
  return { ...free, job, engaged: job !== null, ...more };
}

/** The names of actions, with what they send, without those that only look at the clock. */
export function namesOf(actions: readonly Action[]): string[] {
  const shown = actions.filter((action) => action.do !== 'wait' || action.for.kind !== 'long');
  return shown.map((action) => (action.do === 'send' ? `send ${action.frame.type}` : action.do));
}

/** Feeds events and returns all actions. */
export function drive(from: JobState, ...events: JobEvent[]): { state: JobState; actions: Action[] } {
  const actions: Action[] = [];
  let state = from;
  for (const event of events) {
    const next = step(state, event, 0);
    state = next.state;
    actions.push(...next.actions);
  }
  return { state, actions };
}

export function ok(ref: 'accept' | 'stopped' | `report:${number}`): JobEvent {
  return { type: 'answered', attempt: ATTEMPT, ref, error: null };
}

// What a job and its parts hold before anything has happened to them. A record on disk may be of a version of before, which did not know every
// field yet: what it leaves out is as blank as in a new job.

import type { Exit, Workspace } from './attempt.js';
import type { Job } from './job-model.js';
import { EMPTY_OUTBOX } from './outbox.js';
import { NO_SETTINGS } from './repo-settings.js';

export const BLANK_EXIT: Exit = {
  code: null,
  signal: null,
  tail: '',
  seconds: 0,
  cut: null,
  final: null,
  signedOut: null,
  resetsAt: null,
  usage: {},
  session: null,
  question: null,
  hasFinalEvent: false,
  calls: 0,
  refused: [],
  refusals: 0,
  notes: [],
};

export const BLANK_JOB: Omit<Job, 'task' | 'generation' | 'phase' | 'runner'> = {
  spent: [],
  budget: {},
  previous: null,
  workspace: null,
  turn: { number: 0, prompt: '', resume: null },
  usage: {},
  session: null,
  question: null,
  answers: [],
  isAnswerDue: false,
  isCutShort: false,
  submitted: null,
  sentBack: [],
  exit: null,
  notes: [],
  checked: null,
  verification: [],
  requested: null,
  isPaused: false,
  tries: 0,
  failure: null,
  salvage: null,
  withdrawn: null,
  outbox: EMPTY_OUTBOX,
};

/** A job as this version knows it, from what a version of before has written. */
export function completed(job: Job): Job {
  const { exit, workspace } = job;
  return {
    ...BLANK_JOB,
    ...job,
    ...(exit != null && { exit: { ...BLANK_EXIT, ...exit } }),
    ...(workspace != null && { workspace: withSettings(workspace) }),
  };
}

function withSettings(workspace: Workspace): Workspace {
  return workspace.kind === 'git' ? { ...workspace, settings: { ...NO_SETTINGS, ...workspace.settings } } : workspace;
}

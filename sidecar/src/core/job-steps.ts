// What the transitions of the job machine have in common: entering a phase and its work, saying what it has to say, keeping a report.

import { type AttemptId, idOf } from './attempt.js';
import type { Action, Ignored, Job, JobState, Phase, RequestFrame, Step, Work } from './job-model.js';
import { stopReport } from './job-reports.js';
import { head, type Outbox, put, type ReportBody } from './outbox.js';

/** How long a turn that has asked may take to end by itself. */
export const ASKED_GRACE_MS = 60_000;
const LOOK_AGAIN_MS = 1_000;

/** Most phases beside the run are over by then, and the hub need not be told. */
const LONG_MS = 5_000;
/** With less left of the run time than the phases after the run may take untold, in seconds, the hub is told at once. */
const NEAR_LIMIT_SECONDS = 45;
const BESIDE_RUN: ReadonlySet<Phase> = new Set(['preparing', 'checking', 'verifying', 'pushing', 'requesting']);

/** What a phase does while nobody interferes. */
const WORK: Partial<Record<Phase, Work>> = {
  preparing: 'prepare',
  running: 'run',
  checking: 'check',
  verifying: 'verify',
  pushing: 'push',
  requesting: 'request',
  stopping: 'halt',
  salvaging: 'salvage',
  withdrawing: 'withdraw',
};

export function ignore(state: JobState, ignored: Ignored): Step {
  return { state, actions: [], ignored };
}

/** The phase's work, as actions. */
export function workOf(job: Job): Action[] {
  const { phase } = job;
  const work = WORK[phase];
  if (work === undefined) return [];
  if (isBesideRun(job))
    return [
      { do: work, job },
      { do: 'wait', attempt: idOf(job), for: { kind: 'long', phase }, ms: isNearLimit(job) ? 0 : LONG_MS },
    ];
  return isToEnd(job) ? [{ do: work, job }, awaitEnd(job)] : [{ do: work, job }];
}

/** Whether the hub may have to be told that the time it takes is no part of the run. */
function isBesideRun({ phase, isPaused }: Job): boolean {
  return !isPaused && BESIDE_RUN.has(phase);
}

function isNearLimit({ usage, task }: Job): boolean {
  return (usage.seconds ?? 0) > task.runTimeoutSeconds - NEAR_LIMIT_SECONDS;
}

/** Whether the turn that runs has asked, and so has nothing more to do. */
export function isToEnd({ phase, question, isAnswerDue }: Job): boolean {
  return phase === 'running' && (question !== null || isAnswerDue);
}

export function awaitEnd(job: Job): Action {
  return { do: 'wait', attempt: idOf(job), for: { kind: 'turn', turn: job.turn.number }, ms: ASKED_GRACE_MS };
}

/** Persists the job, which stays in its phase and goes on with its work. */
export function keep(state: JobState, job: Job): Step {
  return { state: { ...state, job }, actions: [{ do: 'persist', job }] };
}

/** Persists the job in its new phase and begins that phase's work. */
export function enter(state: JobState, job: Job): Step {
  const fresh = { ...job, tries: 0 };
  const begun = work({ ...state, job: fresh, engaged: true }, fresh);
  return { state: begun.state, actions: [{ do: 'persist', job: fresh }, ...begun.actions] };
}

/**
 * The phase's work, unless it would leave this machine and the hub was not heard for too long: another attempt may have the task by now, and
 * would find this one's branch or request in its way. A link that only seems to hold, as after the machine has slept, shows soon what it is.
 */
export function work(state: JobState, job: Job): Step {
  const { phase } = job;
  if (!state.isPastGrace || (phase !== 'pushing' && phase !== 'requesting')) return { state, actions: workOf(job) };
  if (!state.online) return { state: { ...state, engaged: false }, actions: [] };
  return {
    state,
    actions: [{ do: 'wait', attempt: idOf(job), for: { kind: 'retry', phase }, ms: LOOK_AGAIN_MS }],
  };
}

/** As `enter`, for a phase in which something has to be said. */
export function enterAndSay(state: JobState, job: Job): Step {
  const entered = enter(state, job);
  return { state: entered.state, actions: [...entered.actions, ...say(state, job)] };
}

/** What this phase has to say to the hub; nothing while offline. */
export function say(state: JobState, job: Job): Action[] {
  if (!state.online) return [];
  const attempt = idOf(job);
  if (job.phase === 'assigned')
    return [{ do: 'send', attempt, ref: 'accept', frame: { type: 'task.accept', ...attempt } }];
  if (job.phase === 'stopped')
    return [{ do: 'send', attempt, ref: 'stopped', frame: { ...stopReport(job), ...attempt } }];
  const report = head(job.outbox);
  if (report === undefined) return [];
  return [{ do: 'send', attempt, ref: `report:${report.seq}`, frame: { ...report.body, ...attempt, seq: report.seq } }];
}

/** Something whose answer changes nothing, and which needs no record. */
export function note(state: JobState, attempt: AttemptId, frame: RequestFrame): Action[] {
  return state.online ? [{ do: 'send', attempt, ref: 'note', frame }] : [];
}

/** Keeps a report and sends it, unless one before it still waits for its answer. */
export function report(state: JobState, job: Job, body: ReportBody): Step {
  return andSay(job.outbox, keep(state, { ...job, outbox: put(job.outbox, body) }));
}

/** Says what a step has put into the outbox that was `before`, unless something in it still waits for its answer. */
export function andSay(before: Outbox, step: Step): Step {
  const { job } = step.state;
  if (job === null || head(before) !== undefined) return step;
  return { ...step, actions: [...step.actions, ...say(step.state, job)] };
}

/** The hub says the attempt still counts: the work of a job found at start begins, and what was being said is said again. */
export function resume(state: JobState, job: Job): Step {
  const work = state.engaged ? [] : workOf(job);
  const engaged = { ...state, engaged: true };
  if (!job.isPaused || !BESIDE_RUN.has(job.phase)) return { state: engaged, actions: [...work, ...say(state, job)] };
  // A hub that has given it up meanwhile and takes it back counts the time from then.
  const told = { ...job, outbox: put(job.outbox, { type: 'task.progress', running: false }) };
  return { state: { ...engaged, job: told }, actions: [{ do: 'persist', job: told }, ...work, ...say(state, told)] };
}

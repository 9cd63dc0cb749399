// The transitions of the job machine. Each leaves the record it persists in a phase from which `begin` can go on.

import { LIMITS } from '@agentcom/schemas';
import { type Assignment, type AttemptId, type Exit, type Failure, sameAttempt } from './attempt.js';
import { clip } from './clip.js';
import type {
  Action,
  Ignored,
  Job,
  JobState,
  Phase,
  RequestError,
  RequestFrame,
  RequestRef,
  Step,
  WaitFor,
  Work,
} from './job-model.js';
import { discard, EMPTY_OUTBOX, head, isFinal, put, type ReportBody, settle } from './outbox.js';

/** Pauses before a push is tried again; after the last the attempt has failed. */
export const PUSH_PAUSES_MS: readonly number[] = [1_000, 2_000, 4_000, 8_000, 16_000];
const RESEND_MS = 2_000;
const RESEND_MS_MAX = 60_000;

/** The hub says that this attempt is not, or no longer, ours to report on. */
const NOT_OURS: ReadonlySet<string> = new Set([
  'task.stale_generation',
  'task.already_final',
  'task.not_found',
  'task.not_assigned',
  'task.not_accepted',
]);

/** What a phase does while nobody interferes. */
const WORK: Partial<Record<Phase, Work>> = {
  preparing: 'prepare',
  running: 'run',
  checking: 'check',
  pushing: 'push',
  stopping: 'halt',
  salvaging: 'salvage',
};

export function idOf(job: Job): AttemptId {
  return { task: job.task.id, generation: job.generation };
}

export function ignore(state: JobState, ignored: Ignored): Step {
  return { state, actions: [], ignored };
}

/** The phase's work, as actions. */
export function workOf(job: Job): Action[] {
  const work = WORK[job.phase];
  return work === undefined ? [] : [{ do: work, job }];
}

/** Persists the job in its new phase and begins that phase's work. */
export function enter(state: JobState, job: Job): Step {
  return { state: { ...state, job, engaged: true }, actions: [{ do: 'persist', job }, ...workOf(job)] };
}

/** As `enter`, for a phase in which something has to be said. */
function enterAndSay(state: JobState, job: Job): Step {
  const entered = enter(state, job);
  return { state: entered.state, actions: [...entered.actions, ...say(state, job)] };
}

/** What this phase has to say to the hub; nothing while offline. */
function say(state: JobState, job: Job): Action[] {
  if (!state.online) return [];
  const attempt = idOf(job);
  if (job.phase === 'assigned')
    return [{ do: 'send', attempt, ref: 'accept', frame: { type: 'task.accept', ...attempt } }];
  if (job.phase === 'stopped')
    return [{ do: 'send', attempt, ref: 'stopped', frame: stoppedFrame(attempt, job.salvage?.ref) }];
  const report = head(job.outbox);
  if (report === undefined) return [];
  return [{ do: 'send', attempt, ref: `report:${report.seq}`, frame: { ...report.body, ...attempt, seq: report.seq } }];
}

function stoppedFrame(attempt: AttemptId, salvageRef: string | null | undefined): RequestFrame {
  return { type: 'task.stopped', ...attempt, ...(typeof salvageRef === 'string' && { salvageRef }) };
}

/** Something whose answer changes nothing, and which needs no record. */
function note(state: JobState, attempt: AttemptId, frame: RequestFrame): Step {
  return { state, actions: state.online ? [{ do: 'send', attempt, ref: 'note', frame }] : [] };
}

export function assigned(state: JobState, assignment: Assignment, unfit: string | null, now: number): Step {
  const attempt = { task: assignment.task.id, generation: assignment.generation };
  if (state.job !== null && sameAttempt(idOf(state.job), attempt)) return ignore(state, 'repeated');
  if (unfit !== null) return note(state, attempt, { type: 'task.reject', ...attempt, reason: unfit });
  if (state.job === null) return take(state, assignment);
  return { state: { ...state, next: { assignment, until: now + assignment.acceptWithinMs } }, actions: [] };
}

function take(state: JobState, { task, generation }: Assignment): Step {
  const job: Job = {
    task,
    generation,
    phase: 'assigned',
    workspace: null,
    exit: null,
    commit: null,
    pushTries: 0,
    failure: null,
    salvage: null,
    outbox: EMPTY_OUTBOX,
  };
  return enterAndSay(state, job);
}

/** The hub says the attempt still counts: the work of a job found at start begins, and what was being said is said again. */
export function resume(state: JobState, job: Job): Step {
  const work = state.engaged ? [] : workOf(job);
  return { state: { ...state, engaged: true }, actions: [...work, ...say(state, job)] };
}

/** Gives the attempt up: whatever runs is stopped, what is not pushed is kept, nothing more is reported. */
export function abandon(state: JobState, job: Job): Step {
  const given: Job = { ...job, failure: null, outbox: discard(job.outbox) };
  const fresh = { ...state, turn: state.turn + 1 };
  switch (job.phase) {
    case 'stopped':
      return { state, actions: say(state, job) };
    case 'stopping':
      return ignore(state, 'repeated');
    case 'salvaging':
      if (job.failure === null) return ignore(state, 'repeated');
      return { state: { ...fresh, job: given }, actions: [{ do: 'persist', job: given }] };
    case 'assigned':
    case 'reporting':
      return enterAndSay(fresh, { ...given, phase: 'stopped' });
    default:
      return enter(fresh, { ...given, phase: 'stopping' });
  }
}

export function cancelled(state: JobState, attempt: AttemptId): Step {
  const { job, next } = state;
  if (job !== null && sameAttempt(idOf(job), attempt)) {
    return job.phase === 'stopped' ? ignore(state, 'repeated') : abandon(state, job);
  }
  const isNext =
    next !== null && sameAttempt({ task: next.assignment.task.id, generation: next.assignment.generation }, attempt);
  return note(isNext ? { ...state, next: null } : state, attempt, stoppedFrame(attempt, null));
}

/** No runner of today asks anything, so an answer has nobody to go to; it is confirmed, so that the hub need not repeat it. */
export function tellAnswered(state: JobState, attempt: AttemptId, questionId: string): Step {
  if (state.job === null) return ignore(state, 'no_job');
  if (!sameAttempt(idOf(state.job), attempt)) return ignore(state, 'other_attempt');
  return note(state, attempt, { type: 'task.answered', ...attempt, questionId });
}

export function ran(state: JobState, job: Job): Step {
  if (job.exit?.code !== 0) return failed(state, job, runFailure(job.exit));
  return job.workspace?.kind === 'git' ? enter(state, { ...job, phase: 'checking' }) : reportCompletion(state, job);
}

function runFailure(exit: Exit | null): Failure {
  if (exit?.code != null) {
    return { class: 'transient', code: 'runner.failed', message: `the agent ended with exit code ${exit.code}` };
  }
  if (exit?.signal != null) {
    return { class: 'transient', code: 'runner.killed', message: `the agent was ended by ${exit.signal}` };
  }
  return { class: 'transient', code: 'runner.lost', message: "the agent's process is gone and left no exit code" };
}

export function failed(state: JobState, job: Job, failure: Failure): Step {
  const pause = PUSH_PAUSES_MS[job.pushTries];
  if (job.phase === 'pushing' && failure.class === 'transient' && pause !== undefined) {
    const tried = { ...job, pushTries: job.pushTries + 1 };
    return { state: { ...state, job: tried }, actions: [{ do: 'wait', attempt: idOf(job), for: 'push', ms: pause }] };
  }
  return enter(state, { ...job, phase: 'salvaging', failure });
}

export function salvaged(state: JobState, job: Job): Step {
  if (job.failure === null) return enterAndSay(state, { ...job, phase: 'stopped' });
  return report(
    state,
    { ...job, phase: 'reporting' },
    { type: 'task.fail', error: errorOf(job, job.failure), ...usageOf(job) },
  );
}

export function reportProgress(state: JobState, job: Job, progress: { note?: string; fraction?: number }): Step {
  const { note: text, fraction } = progress;
  return report(state, job, {
    type: 'task.progress',
    ...(text !== undefined && { note: text }),
    ...(fraction !== undefined && { fraction }),
  });
}

export function reportCompletion(state: JobState, job: Job): Step {
  const summary = job.exit?.tail.trim() || 'finished without output';
  const { workspace, commit } = job;
  const pushed = workspace?.kind === 'git' && commit !== null ? { branch: workspace.branch, commit } : {};
  return report(
    state,
    { ...job, phase: 'reporting' },
    { type: 'task.complete', result: { summary, ...pushed }, ...usageOf(job) },
  );
}

/** Keeps a report and sends it, unless one before it still waits for its answer. */
function report(state: JobState, job: Job, body: ReportBody): Step {
  const kept = { ...job, outbox: put(job.outbox, body) };
  const isFirst = head(job.outbox) === undefined;
  return {
    state: { ...state, job: kept },
    actions: [{ do: 'persist', job: kept }, ...(isFirst ? say(state, kept) : [])],
  };
}

export function requestAnswered(
  state: JobState,
  job: Job,
  ref: RequestRef,
  error: RequestError | null,
  now: number,
): Step {
  const awaited = say({ ...state, online: true }, job)[0];
  if (awaited?.do !== 'send' || awaited.ref !== ref) return ignore(state, 'not_awaited');
  if (error?.retryable) {
    const ms = Math.min(error.retryAfterMs ?? RESEND_MS, RESEND_MS_MAX);
    return { state, actions: [{ do: 'wait', attempt: idOf(job), for: `turn:${state.turn}`, ms }] };
  }
  if (ref === 'stopped') return forget(state, job, now);
  if (ref !== 'accept') return reportAnswered(state, job, error, now);
  return error === null ? enter(state, { ...job, phase: 'preparing' }) : forget(state, job, now);
}

function reportAnswered(state: JobState, job: Job, error: RequestError | null, now: number): Step {
  const sent = head(job.outbox);
  if (sent === undefined) return ignore(state, 'not_awaited');
  if (error !== null && NOT_OURS.has(error.code)) return abandon(state, job);
  if (!isFinal(sent)) {
    const settled = { ...job, outbox: settle(job.outbox) };
    return { state: { ...state, job: settled }, actions: [{ do: 'persist', job: settled }, ...say(state, settled)] };
  }
  if (error === null) return forget(state, job, now);
  if (sent.body.type === 'task.fail') return abandon(state, job);
  const message = `the hub refused the result (${error.code}): ${clip(error.message, LIMITS.errorMessageBytes / 2)}`;
  const body: ReportBody = { type: 'task.fail', error: { class: 'permanent', code: 'report.refused', message } };
  return report(state, { ...job, outbox: settle(job.outbox) }, body);
}

/** The attempt is over for both sides. */
export function forget(state: JobState, job: Job, now: number): Step {
  const keepFiles = job.salvage !== null && !job.salvage.isComplete;
  const free: JobState = { ...state, job: null, engaged: false, next: null };
  const taken =
    state.next !== null && now < state.next.until ? take(free, state.next.assignment) : { state: free, actions: [] };
  return { state: taken.state, actions: [{ do: 'forget', job, keepFiles }, ...taken.actions] };
}

export function waited(state: JobState, job: Job, what: WaitFor): Step {
  if (what === 'push') return job.phase === 'pushing' ? { state, actions: workOf(job) } : ignore(state, 'other_phase');
  return what === `turn:${state.turn}` ? { state, actions: say(state, job) } : ignore(state, 'not_awaited');
}

/** What the hub is told of a failure: the reason, where the work is, and the end of the output. */
function errorOf(job: Job, failure: Failure): Failure {
  const where = job.salvage?.ref == null ? '' : `; the work is kept as ${job.salvage.ref}`;
  const left = job.salvage?.isComplete === false ? '; what could not be kept there stays in the files of the job' : '';
  const output = job.exit === null || job.exit.tail.trim() === '' ? '' : `\nThe end of its output:\n${job.exit.tail}`;
  const reason = clip(failure.message, 1024);
  return { ...failure, message: clip(`${reason}${where}${left}${output}`, LIMITS.errorMessageBytes) };
}

function usageOf(job: Job): { usage?: { seconds: number } } {
  return job.exit === null ? {} : { usage: { seconds: job.exit.seconds } };
}

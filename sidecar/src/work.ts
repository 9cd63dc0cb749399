// Carries out the work of a phase with the adapters, and says with which event it ended. It decides nothing itself.

import type { LogWriter, Scheduler, VerificationRun } from '@agentcom/schemas';
import { codeOf } from '@agentcom/schemas/host';
import { type Exit, type Failure, idOf, type Requested, type Withdrawn, type Workspace } from './core/attempt.js';
import { type Job, type JobEvent, verifyCommands, type Work } from './core/job.js';
import { isMachineError, SYSTEM_ERROR } from './core/machine-fault.js';
import { meantFor, targetOf } from './core/pull-request.js';
import { setupCommands } from './core/set-up.js';
import { failureOfRuns } from './core/verification.js';
import { type DiskSettings, watchDisk } from './disk-watch.js';
import { watchPaths } from './paths-watch.js';
import type { Forge, Outcome, Runner, Workspaces } from './ports.js';
import { ProgressThrottle } from './progress-throttle.js';

export interface WorkParts {
  readonly workspaces: Workspaces;
  readonly runner: Runner;
  readonly forge: Forge;
  readonly log: LogWriter;
  readonly scheduler: Scheduler;
  /** The disk that agents write to; unwatched without. */
  readonly disk?: DiskSettings;
  /** Between two progress reports of a run at least, and between two looks at what it has changed, ms. */
  readonly progressEveryMs?: number;
  readonly pathsEveryMs?: number;
}

const PROGRESS_EVERY_MS = 2_000;
const PATHS_EVERY_MS = 10_000;

const WITHDRAW_MS = 30_000;

/** Made once: a reason of its own for each end would cost a stack trace. */
const OVER = new Error('the run is over');
const FULL = new Error('the disk is nearly full');

export type TimedWork = Exclude<Work, 'halt'>;

/** What the work tells on its way, and whom. */
export interface Listener {
  readonly tell: (event: JobEvent) => void;
  /** Another number after each loss of the link. */
  readonly links: () => number;
}

/** How the work ended. Rejects only with the signal's reason. */
export async function workDone(
  parts: WorkParts,
  work: TimedWork,
  job: Job,
  listener: Listener,
  signal: AbortSignal,
): Promise<JobEvent> {
  const { workspaces, runner } = parts;
  const attempt = idOf(job);
  const trying = <T>(action: () => Promise<Outcome<T>>) => outcomeOf(parts.log, signal, action);
  switch (work) {
    case 'prepare': {
      const prepared = await trying(() => prepare(parts, job, signal));
      return prepared.ok
        ? { type: 'prepared', attempt, workspace: prepared.value }
        : { type: 'failed', attempt, phase: 'preparing', failure: prepared.failure };
    }
    case 'run': {
      const ran = await trying(() => run(parts, job, listener, signal));
      return ran.ok
        ? { type: 'ran', attempt, turn: job.turn.number, exit: ran.value }
        : { type: 'failed', attempt, phase: 'running', failure: ran.failure };
    }
    case 'check': {
      const checked = await trying(() => workspaces.check(job, signal));
      return checked.ok
        ? { type: 'checked', attempt, checked: checked.value }
        : { type: 'failed', attempt, phase: 'checking', failure: checked.failure };
    }
    case 'verify': {
      const verified = await trying(() => runner.verify(job, verifyCommands(job), signal));
      return verified.ok
        ? {
            type: 'verified',
            attempt,
            runs: verified.value,
            notes: await beyondChecked(parts, job, verified.value, signal),
          }
        : { type: 'failed', attempt, phase: 'verifying', failure: verified.failure };
    }
    case 'push': {
      const pushed = await trying(() => workspaces.push(job, signal));
      return pushed.ok
        ? { type: 'pushed', attempt, ...(pushed.value !== null && { branch: pushed.value }) }
        : { type: 'failed', attempt, phase: 'pushing', failure: pushed.failure };
    }
    case 'request': {
      const requested = await trying(() => request(parts, job, signal));
      return requested.ok
        ? { type: 'requested', attempt, requested: requested.value }
        : { type: 'failed', attempt, phase: 'requesting', failure: requested.failure };
    }
    case 'withdraw':
      return { type: 'withdrawn', attempt, withdrawn: await withdraw(parts, job, signal) };
    case 'salvage': {
      const kept = await trying(async () => ({ ok: true, value: await workspaces.salvage(job, signal) }));
      return { type: 'salvaged', attempt, salvage: kept.ok ? kept.value : { ref: null, isComplete: false } };
    }
  }
}

/** The request of the pushed branch. The branch that it is to target may be gone, or go just before it is opened. */
async function request(parts: WorkParts, job: Job, signal: AbortSignal): Promise<Outcome<Requested>> {
  const target = await parts.workspaces.target(job, signal);
  if (!target.ok) return target;
  const opened = await requestFor(parts, job, target.value, signal);
  if (opened.ok || opened.failure.class === 'transient') return opened;
  const now = await parts.workspaces.target(meantFor(job, target.value), signal);
  return now.ok && now.value !== target.value ? requestFor(parts, job, now.value, signal) : opened;
}

async function requestFor(
  { forge }: WorkParts,
  job: Job,
  target: string,
  signal: AbortSignal,
): Promise<Outcome<Requested>> {
  if (target === targetOf(job)) return forge.request(job, signal);
  const opened = await forge.request(meantFor(job, target), signal);
  return opened.ok ? { ok: true, value: { ...opened.value, target } } : opened;
}

/** What cannot be found out is not worth keeping the agent from its next task; a branch that may be at the remote is named. */
async function withdraw(parts: WorkParts, job: Job, signal: AbortSignal): Promise<Withdrawn> {
  const { workspaces, log } = parts;
  const { workspace, requested } = job;
  const known = requested?.url ?? null;
  if (workspace?.kind !== 'git') return { branch: null, pullRequest: known };
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(WITHDRAW_MS)]);
  try {
    if (!(await workspaces.isPushed(job, inTime))) return { branch: null, pullRequest: known };
    const closed = await closeRequest(parts, job, inTime);
    return { branch: workspace.branch, pullRequest: closed ?? known };
  } catch (error) {
    if (signal.aborted) throw error;
    log.warn({ err: error }, 'cannot close the request of an attempt that was given up');
    return { branch: workspace.branch, pullRequest: known };
  }
}

/** Also one whose target has changed since the job last knew it, or was never told. */
async function closeRequest({ workspaces, forge }: WorkParts, job: Job, signal: AbortSignal): Promise<string | null> {
  const closed = await forge.withdraw(job, signal);
  if (closed !== null) return closed;
  const target = await workspaces.target(job, signal);
  return target.ok && target.value !== targetOf(job) ? forge.withdraw(meantFor(job, target.value), signal) : null;
}

/** Of work on a repository. What cannot be found out is no reason to hold finished work back. */
async function beyondChecked(
  { workspaces, log }: WorkParts,
  job: Job,
  runs: readonly VerificationRun[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (job.checked === null || failureOfRuns(runs) !== null) return [];
  try {
    return await workspaces.beyondChecked(job, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    log.warn({ err: error }, 'cannot look for what the verify commands have changed');
    return [];
  }
}

/** The worktree, set up as the repository asks, and what the turn in it will need. */
async function prepare({ workspaces, runner }: WorkParts, job: Job, signal: AbortSignal): Promise<Outcome<Workspace>> {
  await runner.reset(idOf(job));
  const dismiss = runner.anticipate(job);
  let isNext = false;
  try {
    const prepared = await workspaces.prepare(job, signal);
    if (!prepared.ok) return prepared;
    const ready: Job = { ...job, workspace: prepared.value };
    const commands = setupCommands(ready);
    isNext = commands.length === 0;
    if (isNext) return prepared;
    // Each command ends whatever else is of the attempt.
    dismiss();
    const done = await workspaces.setUp(ready, () => runner.setUp(ready, commands, signal), signal);
    return done.ok ? prepared : done;
  } finally {
    if (!isNext) dismiss();
  }
}

/** The run, with what it tells of itself and the paths it changes; both have ended when it has. */
async function run(parts: WorkParts, job: Job, { tell, links }: Listener, signal: AbortSignal) {
  const attempt = idOf(job);
  const turn = job.turn.number;
  const pace = new ProgressThrottle(
    (progress) => tell({ type: 'progress', attempt, turn, progress }),
    parts.progressEveryMs ?? PROGRESS_EVERY_MS,
    parts.scheduler,
  );
  const over = new AbortController();
  const watch = {
    everyMs: parts.pathsEveryMs ?? PATHS_EVERY_MS,
    scheduler: parts.scheduler,
    links,
    changedPaths: (looking: AbortSignal) => parts.workspaces.changedPaths(job, looking),
    tell: (paths: readonly string[]) => tell({ type: 'paths', attempt, paths }),
    failed: (error: unknown) => parts.log.debug({ err: error }, 'cannot list the changed paths'),
  };
  const watched = job.workspace?.kind === 'git' ? watchPaths(watch, over.signal) : Promise.resolve();
  const ended = new AbortController();
  const note = (text: string) => tell({ type: 'progress', attempt, turn, progress: { note: text } });
  const filled =
    parts.disk === undefined
      ? Promise.resolve(false)
      : watchDisk(parts.disk, parts.scheduler, note, over.signal).then((isFull) => {
          if (isFull) ended.abort(FULL);
          return isFull;
        });
  try {
    return await parts.runner.run(job, (progress) => pace.hear(progress), AbortSignal.any([signal, ended.signal]));
  } catch (error) {
    if (signal.aborted || !ended.signal.aborted) throw error;
    return await cutForDisk(parts, job, signal);
  } finally {
    pace.stop();
    over.abort(OVER);
    await Promise.all([watched, filled]);
  }
}

/** Ends what fills the disk. How it took that is read as at any other end: what it has used by then counts. */
async function cutForDisk({ runner, log }: WorkParts, job: Job, signal: AbortSignal): Promise<Outcome<Exit>> {
  // On a full disk it cannot be noted that nothing may begin any more; nothing will.
  await runner.halt(idOf(job)).catch((error: unknown) => log.error({ err: error }, 'cannot note the end of an agent'));
  const exit = await runner.run(job, () => undefined, signal);
  return exit.ok ? { ok: true, value: { ...exit.value, cut: 'disk' } } : exit;
}

/** A port that throws has met something nobody foresaw; that ends the attempt, not the sidecar. */
async function outcomeOf<T>(
  log: LogWriter,
  signal: AbortSignal,
  action: () => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  try {
    return await action();
  } catch (error) {
    if (signal.aborted) throw error;
    log.error({ err: error }, 'unexpected error');
    const message = error instanceof Error ? error.message : String(error);
    const failure: Failure = isMachineError(codeOf(error))
      ? { class: 'machine', code: SYSTEM_ERROR, message }
      : { class: 'transient', code: 'sidecar.internal', message };
    return { ok: false, failure };
  }
}

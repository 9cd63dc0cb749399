// What the sidecar's loop asks of the world. The adapters fulfil it; tests and the loop know nothing else of them.

import type { HubFrameOf, Question, VerificationRun } from '@agentcom/schemas';
import type { AttemptId, Checked, Exit, Failure, Requested, Salvage, Workspace } from './core/attempt.js';
import type { Changes } from './core/diff.js';
import type {
  CallOutcome,
  Job,
  PreviousAttempt,
  RequestError,
  RequestFrame,
  RunProgress,
  Submitted,
} from './core/job-model.js';

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

/** Keeps records. `persist` and `forget` resolve once a crash can no longer undo them. */
export interface JobMemory {
  persist(job: Job): Promise<void>;
  /** Keeps what a later attempt at the task needs to know, then takes the record away. */
  forget(job: Job, keepFiles: boolean): Promise<void>;
  /** What is known of the last attempt here at this task; null when there was none. */
  previous(task: string): PreviousAttempt | null;
}

/** Where attempts work. Every call may be repeated after a crash. Calls reject only with the signal's reason. */
export interface Workspaces {
  prepare(job: Job, signal: AbortSignal): Promise<Outcome<Workspace>>;
  /**
   * Makes the worktree what the repository's set-up commands would make of it: by a copy of what they made before from the same files, or by
   * `run`, which runs them.
   */
  setUp(job: Job, run: () => Promise<Outcome<null>>, signal: AbortSignal): Promise<Outcome<null>>;
  /** Judges what the agent left, and rebases it once when the base has moved and that is clean. */
  check(job: Job, signal: AbortSignal): Promise<Outcome<Checked>>;
  /** What is in the worktree but not in the checked commit, for people: verify commands may change files too. */
  beyondChecked(job: Job, signal: AbortSignal): Promise<readonly string[]>;
  /** Resolves with the name that the branch got, when that of the job was taken meanwhile. */
  push(job: Job, signal: AbortSignal): Promise<Outcome<string | null>>;
  salvage(job: Job, signal: AbortSignal): Promise<Salvage>;
  /** Whether the remote has the branch of the attempt, and not one of somebody else by that name. */
  isPushed(job: Job, signal: AbortSignal): Promise<boolean>;
  /** The branch that the work is meant for: the task's own base once the branch of its parent is gone from the remote. */
  target(job: Job, signal: AbortSignal): Promise<Outcome<string>>;
  /** Paths that differ from the base, committed or not, sorted; the first `LIMITS.changedPaths`. */
  changedPaths(job: Job, signal: AbortSignal): Promise<readonly string[]>;
}

export interface DiffSource {
  /** What the attempt has changed: what passed its checks, and before that the worktree as it is. Null without a repository. */
  diff(job: Job, signal: AbortSignal): Promise<Changes | null>;
}

export interface Runner {
  /** Starts what the next turn will need and what takes a while, beside what is done until then. Calling what it returns ends that, unless the turn has begun. */
  anticipate(job: Job): () => void;
  /** Begins the turn or finds the one that was begun, and waits for its end. Rejects only with the signal's reason. */
  run(job: Job, onProgress: (progress: RunProgress) => void, signal: AbortSignal): Promise<Outcome<Exit>>;
  /** How the turn ended that a halt has cut short; null when nothing is known of it. */
  cutShort(job: Job): Promise<Exit | null>;
  /** Ends what a try before this one to prepare the attempt has left, and forgets it. */
  reset(attempt: AttemptId): Promise<void>;
  /** Runs the set-up commands in the worktree one after the other, up to the first that fails. Rejects only with the signal's reason. */
  setUp(job: Job, commands: readonly string[], signal: AbortSignal): Promise<Outcome<null>>;
  /** Asks the turn to end now; its end comes out of `run`. Does nothing when it has ended. */
  endTurn(job: Job): Promise<void>;
  /**
   * Runs the commands in the worktree one after the other, up to the first that fails; goes on with one that is running already.
   * Rejects only with the signal's reason.
   */
  verify(job: Job, commands: readonly string[], signal: AbortSignal): Promise<Outcome<readonly VerificationRun[]>>;
  /** Resolves when nothing of the attempt, turns and verify commands, is left and none can begin. */
  halt(attempt: AttemptId): Promise<void>;
}

export interface Forge {
  /** Opens a request for the pushed branch, or brings the one that is open up to date. Rejects only with the signal's reason. */
  request(job: Job, signal: AbortSignal): Promise<Outcome<Requested>>;
  /**
   * Closes the open request of an attempt that was given up, with a comment; resolves with its address. One that is closed or merged
   * already is left alone, and named as well, so that this can be repeated. Rejects when it cannot.
   */
  withdraw(job: Job, signal: AbortSignal): Promise<string | null>;
}

/** What a hub says of a task. */
export type TaskFrame = HubFrameOf<'task.assign' | 'task.cancel' | 'task.answer' | 'task.turns'>;

export interface HubLink {
  /** `done` hears the answer, null for `ok`; never, when the link is lost first. */
  request(frame: RequestFrame, done: (error: RequestError | null) => void): void;
}

/**
 * What an agent may say to its sidecar while its turn runs. Answered once it is kept, so that nothing answered is lost by a crash.
 * Every call may be repeated.
 */
export interface AgentCalls {
  /** The job as it stands; null when the attempt is not held any more. */
  job(attempt: AttemptId): Job | null;
  progress(attempt: AttemptId, progress: { readonly note?: string; readonly fraction?: number }): Promise<CallOutcome>;
  /** `ok` means that the agent is to end its turn: the answer comes with its next one. A repeated `questionId` is the same question. */
  ask(attempt: AttemptId, question: Question): Promise<CallOutcome>;
  /** What the task is completed with, should the turn end well; a later one replaces it. */
  submit(attempt: AttemptId, submitted: Submitted): Promise<CallOutcome>;
}

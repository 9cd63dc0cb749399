// The job machine's vocabulary: what it remembers, what happens to it, and what it asks for. `job.ts` says how they go together.

import type { AssignedTask, HoldingVerdict, SidecarFrameOf } from '@agentcom/schemas';
import type { Assignment, AttemptId, Exit, Failure, Salvage, Workspace } from './attempt.js';
import type { Outbox, ReportBody } from './outbox.js';

export const PHASES = [
  'assigned',
  'preparing',
  'running',
  'checking',
  'pushing',
  'stopping',
  'salvaging',
  'reporting',
  'stopped',
] as const;
export type Phase = (typeof PHASES)[number];

/** The phases whose work can fail. */
export type FailingPhase = 'preparing' | 'running' | 'checking' | 'pushing';

/** One attempt, as it is written to disk. Plain JSON. */
export interface Job {
  readonly task: AssignedTask;
  readonly generation: number;
  readonly phase: Phase;
  /** From `running` on; null before. */
  readonly workspace: Workspace | null;
  readonly exit: Exit | null;
  /** The tip that passed the checks. */
  readonly commit: string | null;
  readonly pushTries: number;
  /** Why the attempt failed; null while it has not, and when the hub ended it. */
  readonly failure: Failure | null;
  readonly salvage: Salvage | null;
  readonly outbox: Outbox;
}

export interface JobState {
  /** Between a welcome and the loss of the link. */
  readonly online: boolean;
  /** Counts gains and losses of the link, so that a wait which began before one of them is known to be over. */
  readonly turn: number;
  readonly job: Job | null;
  /** Whether this process has begun the phase's work. False only for a job found at start, until the hub says that it still counts. */
  readonly engaged: boolean;
  /** Offered while the former job was still being put away; taken when that is done, unless it is too late by then. */
  readonly next: { readonly assignment: Assignment; readonly until: number } | null;
}

/** How the hub answered a request. `retryable` also stands for no answer in time. */
export interface RequestError {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
}

/** Names what a request is about, so that its answer finds its place. Nothing waits for the answer to `note`. */
export type RequestRef = 'accept' | 'stopped' | 'note' | `report:${number}`;

/** A request without its `id`, which the link adds. */
export type RequestFrame = {
  [T in RequestType]: Omit<SidecarFrameOf<T>, 'id'>;
}[RequestType];

type RequestType = 'task.accept' | 'task.reject' | 'task.answered' | 'task.stopped' | ReportBody['type'];

export type WaitFor = 'push' | `turn:${number}`;

export type JobEvent =
  // From the hub, by the link.
  | { readonly type: 'online'; readonly verdict: HoldingVerdict | null }
  | { readonly type: 'offline' }
  | { readonly type: 'assign'; readonly assignment: Assignment; readonly unfit: string | null }
  | { readonly type: 'cancel'; readonly attempt: AttemptId }
  | { readonly type: 'answer'; readonly attempt: AttemptId; readonly questionId: string }
  | {
      readonly type: 'answered';
      readonly attempt: AttemptId;
      readonly ref: RequestRef;
      readonly error: RequestError | null;
    }
  // From the work that an action began.
  | { readonly type: 'prepared'; readonly attempt: AttemptId; readonly workspace: Workspace }
  | { readonly type: 'progress'; readonly attempt: AttemptId; readonly note?: string; readonly fraction?: number }
  | { readonly type: 'ran'; readonly attempt: AttemptId; readonly exit: Exit }
  | { readonly type: 'checked'; readonly attempt: AttemptId; readonly commit: string }
  | { readonly type: 'pushed'; readonly attempt: AttemptId }
  | { readonly type: 'failed'; readonly attempt: AttemptId; readonly phase: FailingPhase; readonly failure: Failure }
  | { readonly type: 'halted'; readonly attempt: AttemptId }
  | { readonly type: 'salvaged'; readonly attempt: AttemptId; readonly salvage: Salvage }
  | { readonly type: 'waited'; readonly attempt: AttemptId; readonly for: WaitFor };

export type Work = 'prepare' | 'run' | 'check' | 'push' | 'halt' | 'salvage';

export type Action =
  /** Barrier: the record is on disk before anything after it is begun. */
  | { readonly do: 'persist'; readonly job: Job }
  /** Barrier: the record is gone from disk. With `keepFiles` the job's directory is set aside instead of removed. */
  | { readonly do: 'forget'; readonly job: Job; readonly keepFiles: boolean }
  | { readonly do: 'send'; readonly attempt: AttemptId; readonly ref: RequestRef; readonly frame: RequestFrame }
  | { readonly do: 'wait'; readonly attempt: AttemptId; readonly for: WaitFor; readonly ms: number }
  | { readonly do: Work; readonly job: Job };

/** Why an event changed nothing. */
export type Ignored = 'no_job' | 'other_attempt' | 'other_phase' | 'not_awaited' | 'repeated';

export interface Step {
  readonly state: JobState;
  readonly actions: readonly Action[];
  readonly ignored?: Ignored;
}

// The job machine's vocabulary: what it remembers, what happens to it, and what it asks for. `job.ts` says how they go together.

import type {
  Answered,
  AssignedTask,
  HoldingVerdict,
  Question,
  Session,
  SidecarFrameOf,
  Usage,
  VerificationRun,
} from '@agentcom/schemas';
import type {
  Assignment,
  AttemptId,
  Checked,
  Exit,
  Failure,
  Requested,
  ResumedSession,
  RunnerChoice,
  Salvage,
  SpentAccount,
  Turn,
  Withdrawn,
  Workspace,
} from './attempt.js';
import type { Budget } from './budget.js';
import type { Chosen } from './choose-runner.js';
import type { Outbox, ReportBody } from './outbox.js';

export const PHASES = [
  'assigned',
  'preparing',
  'running',
  'blocked',
  'checking',
  'verifying',
  'pushing',
  'requesting',
  'stopping',
  'salvaging',
  'withdrawing',
  'reporting',
  'stopped',
] as const;
export type Phase = (typeof PHASES)[number];

/** The phases whose work can fail. */
export type FailingPhase = 'preparing' | 'running' | 'checking' | 'verifying' | 'pushing' | 'requesting';
/** Those after the agent's work, which are tried again before they have failed: a run that is paid for is not made twice for their sake. */
export type RetriedPhase = 'checking' | 'verifying' | 'pushing' | 'requesting';

/** What a sidecar remembers of an attempt for a later one at the same task. */
export interface PreviousAttempt {
  readonly session: ResumedSession | null;
  /** Where the work of the attempt was kept, in the cached repository. */
  readonly salvageRef: string | null;
}

/** What the agent handed in itself. */
export interface Submitted {
  readonly summary: string;
  readonly data?: unknown;
  /** Why nothing has to change in the repository. */
  readonly noChange?: string;
}

/** Why a check did not take the work, as the agent is told. */
export interface SentBack {
  readonly code: string;
  readonly message: string;
  /** The end of what a verify command printed; empty for other checks. */
  readonly output: string;
}

/** One attempt, as it is written to disk. Plain JSON. */
export interface Job {
  readonly task: AssignedTask;
  readonly generation: number;
  /** The span of its offer, where the hub traces. */
  readonly traceparent?: string;
  readonly phase: Phase;
  readonly runner: RunnerChoice;
  /** The accounts that could not go on in this attempt, in their order. */
  readonly spent: readonly SpentAccount[];
  /** What the task may use in all its attempts; empty without a limit. Fixed when it is taken. */
  readonly budget: Budget;
  /** Of the attempt before at this task by this sidecar; null without one. */
  readonly previous: PreviousAttempt | null;
  /** From `running` on; null before. */
  readonly workspace: Workspace | null;
  /** The turn that runs, ran last, or is to run next; its number is 0 before the first. */
  readonly turn: Turn;
  /** Of the turns that ended, added up. */
  readonly usage: Usage;
  /** The newest, to go on with; null when a new one has to be begun. */
  readonly session: ResumedSession | null;
  /** Asked, and not answered yet. */
  readonly question: Question | null;
  /** The newest that were answered in this attempt. */
  readonly answers: readonly Answered[];
  /** The last of `answers` came when the turn that had asked had not ended: a turn that is told of it is due. */
  readonly isAnswerDue: boolean;
  /** It was given up while the turn ran, of which nothing is in `usage`. */
  readonly isCutShort: boolean;
  readonly submitted: Submitted | null;
  /** What checks found, and the agent was then asked to put right in its session; the newest last. */
  readonly sentBack: readonly SentBack[];
  readonly exit: Exit | null;
  /** What people should know of the turns that ended. */
  readonly notes: readonly string[];
  /** What passed the checks. */
  readonly checked: Checked | null;
  readonly verification: readonly VerificationRun[];
  readonly requested: Requested | null;
  /** The hub was told that the agent does not run, so that this time is no part of the run time. */
  readonly isPaused: boolean;
  /** Tries of the phase's work that failed for a passing reason. */
  readonly tries: number;
  /** Why the attempt failed; null while it has not, and when the hub ended it. */
  readonly failure: Failure | null;
  /** It is given up because the hub lets it begin no other turn. */
  readonly limited?: true;
  readonly salvage: Salvage | null;
  readonly withdrawn: Withdrawn | null;
  readonly outbox: Outbox;
}

/** An assignment that this agent can take, with what it is taken with. */
export interface Offer {
  readonly assignment: Assignment;
  readonly runner: RunnerChoice;
  readonly budget: Budget;
  readonly previous: PreviousAttempt | null;
}

export interface JobState {
  /** Between a welcome and the loss of the link. */
  readonly online: boolean;
  /** Counts gains and losses of the link, so that a wait which began before one of them is known to be over. */
  readonly links: number;
  readonly job: Job | null;
  /** When the hub was last heard before the link was lost, and how long it then waits for what was accepted. */
  readonly contact: { readonly lostAt: number | null; readonly graceMs: number };
  /** The hub may have given the attempt to somebody else: nothing of it leaves this machine before the hub has been asked. */
  readonly isPastGrace: boolean;
  /**
   * Whether this process has begun the phase's work. False only for a job found at start and for a push or request that is due past the
   * grace, until the hub says that it still counts.
   */
  readonly engaged: boolean;
  /** The hub lets the job begin no other turn, for a spend limit; it says so again with each link. */
  readonly isLastTurn: boolean;
  /** Offered while the former job was still being put away; taken when that is done, unless it is too late by then. */
  readonly next: { readonly offer: Offer; readonly until: number } | null;
  /** What the job that was forgotten last leaves to a later attempt: it may be offered again before that is on disk. */
  readonly left: { readonly task: string; readonly previous: PreviousAttempt | null } | null;
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

export type WaitFor =
  /** To try a phase's work again. */
  | { readonly kind: 'retry'; readonly phase: RetriedPhase }
  /** To say something again, unless the link was lost or gained meanwhile: `links` as it was. */
  | { readonly kind: 'link'; readonly links: number }
  /** To tell the hub of a phase beside the run that takes long. */
  | { readonly kind: 'long'; readonly phase: Phase }
  /** For a turn to end by itself after it has asked. */
  | { readonly kind: 'turn'; readonly turn: number };

/** What a run tells of itself while it goes on. */
export interface RunProgress {
  readonly note?: string;
  readonly fraction?: number;
  /** Of this turn so far. */
  readonly usage?: Usage;
  readonly session?: Session;
}

/** How something was answered that the agent said to its sidecar. */
export type CallOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: CallRefusal; readonly message: string };

/** Codes of the error catalogue. */
export type CallRefusal =
  | 'task.stale_generation'
  | 'task.turn_over'
  | 'task.blocked'
  | 'sidecar.stopping'
  | 'sidecar.internal';

export type JobEvent =
  // From the hub, by the link.
  /** `graceMs` as the hub says it; without it, as before. */
  | { readonly type: 'online'; readonly verdict: HoldingVerdict | null; readonly graceMs?: number }
  /** `heardAt`: when the hub last gave a sign of life; without it, just now. */
  | { readonly type: 'offline'; readonly heardAt?: number }
  | {
      readonly type: 'assign';
      readonly assignment: Assignment;
      readonly chosen: Chosen;
      readonly budget: Budget;
      readonly previous: PreviousAttempt | null;
    }
  | { readonly type: 'cancel'; readonly attempt: AttemptId }
  | { readonly type: 'turns'; readonly attempt: AttemptId; readonly allowed: boolean }
  | { readonly type: 'answer'; readonly attempt: AttemptId; readonly questionId: string; readonly answer: string }
  | {
      readonly type: 'answered';
      readonly attempt: AttemptId;
      readonly ref: RequestRef;
      readonly error: RequestError | null;
    }
  // From the agent. `call` is the loop's name for it; each has exactly one `reply`.
  | { readonly type: 'asked'; readonly attempt: AttemptId; readonly call: number; readonly question: Question }
  | { readonly type: 'submitted'; readonly attempt: AttemptId; readonly call: number; readonly submitted: Submitted }
  | {
      readonly type: 'noted';
      readonly attempt: AttemptId;
      readonly call: number;
      readonly note?: string;
      readonly fraction?: number;
    }
  // From the work that an action began.
  | { readonly type: 'prepared'; readonly attempt: AttemptId; readonly workspace: Workspace }
  | { readonly type: 'progress'; readonly attempt: AttemptId; readonly turn: number; readonly progress: RunProgress }
  | { readonly type: 'paths'; readonly attempt: AttemptId; readonly paths: readonly string[] }
  | { readonly type: 'ran'; readonly attempt: AttemptId; readonly turn: number; readonly exit: Exit }
  | { readonly type: 'checked'; readonly attempt: AttemptId; readonly checked: Checked }
  | {
      readonly type: 'verified';
      readonly attempt: AttemptId;
      readonly runs: readonly VerificationRun[];
      readonly notes?: readonly string[];
    }
  /** `branch`: its name, when that of the workspace was taken meanwhile. */
  | { readonly type: 'pushed'; readonly attempt: AttemptId; readonly branch?: string }
  | { readonly type: 'requested'; readonly attempt: AttemptId; readonly requested: Requested }
  | { readonly type: 'failed'; readonly attempt: AttemptId; readonly phase: FailingPhase; readonly failure: Failure }
  /** `exit`: of the turn that was cut short, if anything is known of it. */
  | { readonly type: 'halted'; readonly attempt: AttemptId; readonly exit?: Exit }
  | { readonly type: 'salvaged'; readonly attempt: AttemptId; readonly salvage: Salvage }
  | { readonly type: 'withdrawn'; readonly attempt: AttemptId; readonly withdrawn: Withdrawn }
  | { readonly type: 'waited'; readonly attempt: AttemptId; readonly for: WaitFor };

export type Work = 'prepare' | 'run' | 'check' | 'verify' | 'push' | 'request' | 'halt' | 'salvage' | 'withdraw';

export type Action =
  /** Barrier: the record is on disk before anything after it is begun. */
  | { readonly do: 'persist'; readonly job: Job }
  /** Barrier: the record is gone from disk. With `keepFiles` the job's directory is set aside instead of removed. */
  | { readonly do: 'forget'; readonly job: Job; readonly keepFiles: boolean }
  | { readonly do: 'send'; readonly attempt: AttemptId; readonly ref: RequestRef; readonly frame: RequestFrame }
  | { readonly do: 'reply'; readonly call: number; readonly outcome: CallOutcome }
  | { readonly do: 'wait'; readonly attempt: AttemptId; readonly for: WaitFor; readonly ms: number }
  /** Asks the turn to end; its end comes as that of its `run`. */
  | { readonly do: 'endTurn'; readonly job: Job }
  | { readonly do: Work; readonly job: Job };

/** Why an event changed nothing. */
export type Ignored = 'no_job' | 'other_attempt' | 'other_phase' | 'not_awaited' | 'repeated';

export interface Step {
  readonly state: JobState;
  readonly actions: readonly Action[];
  readonly ignored?: Ignored;
}

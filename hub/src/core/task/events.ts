// What happens to tasks.

import type { Answered, Choice, FailureClass, Lane, Session, TaskRoute, UsageTotal } from '@agentcom/schemas';
import type { Amounts } from '../limit/limit.js';

/** A text as state holds it: itself when small, else the name of the stored body and its size in bytes. */
export type Body = string | { readonly ref: string; readonly bytes: number };

/** One, or at least two in order of preference. */
export type Preferred = string | readonly string[];

/** What was asked for, normalised: `needs` sorted and without repeats, `data` as JSON text. */
export interface StoredSpec {
  readonly title: string;
  readonly prompt: Body;
  readonly lane: Lane;
  readonly needs: readonly string[];
  readonly maxAttempts: number;
  readonly runTimeoutMs: number;
  readonly repo?: { readonly url: string; readonly base?: string };
  readonly baseFromParent?: boolean;
  readonly runner?: Preferred;
  readonly model?: Preferred;
  readonly maxCost?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly notBefore?: number;
  readonly dependsOn?: readonly string[];
  readonly budget?: { readonly costMicros?: number; readonly tokens?: number };
  readonly verify?: readonly string[];
  readonly inactivitySeconds?: number;
  readonly data?: Body;
}

/** Those that the config has, too. */
export type RunLimits = Pick<StoredSpec, 'maxAttempts' | 'runTimeoutMs'>;

/** As it was asked for: without the limits that the config fills in. */
export type GivenSpec = Omit<StoredSpec, keyof RunLimits> & Partial<RunLimits>;

/** What a requeue may change of it beside the model and the prompt. */
export type SpecChanges = Partial<
  Pick<StoredSpec, 'lane' | 'needs' | 'runner' | 'maxCost' | 'budget' | 'maxAttempts' | 'runTimeoutMs'>
>;

/** What a requeue takes from a dead letter: of the spec, the parts that it changes, those named in `without` being absent. */
export interface DeadBefore {
  readonly cause: DeathCause;
  readonly attempts: number;
  readonly offers: number;
  readonly machineFailures?: number;
  readonly choice?: Choice;
  readonly usedBefore?: Usage;
  readonly freshAfter?: number;
  readonly spec: SpecChanges & Pick<StoredSpec, 'model'>;
  readonly without?: readonly (keyof SpecChanges | 'model')[];
}

/** Of one attempt, or the sum over several. */
export interface Usage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly costMicros?: number;
  readonly currency?: string;
  readonly seconds?: number;
  /** In others than `currency`. */
  readonly otherCosts?: NonNullable<UsageTotal['otherCosts']>;
}

export interface StoredResult {
  readonly summary: Body;
  readonly branch?: string;
  readonly commit?: string;
  readonly pullRequest?: string;
  readonly noChange?: string;
  /** As JSON text. */
  readonly data?: Body;
  /** The runs of the verify commands, as JSON text. */
  readonly verification?: Body;
  /** What was not as usual, as JSON text. */
  readonly notes?: Body;
}

export interface StoredError {
  readonly class: FailureClass;
  readonly code: string;
  readonly message: string;
}

export interface Question {
  readonly questionId: string;
  readonly question: string;
  readonly context?: string;
  readonly choices?: readonly string[];
}

export type { Answered, Choice, Session, TaskRoute };

/** Identifies a report within its task and generation; the same `seq` with another digest is a conflict. */
export interface ReportMark {
  readonly seq: number;
  readonly digest: string;
}

/** What an attempt leaves that did not complete; each as far as there is any. Empty when its sidecar has said that there is nothing. */
export interface Left {
  /** Where its sidecar kept the unfinished work. */
  readonly salvageRef?: string;
  /** What it had pushed already. */
  readonly branch?: string;
  readonly pullRequest?: string;
}

/** Work of an attempt that was not pushed, and on whose machine it is. */
export interface KeptWork {
  readonly agent: string;
  readonly salvageRef: string;
}

export type DeathCause = 'attempts_used' | 'permanent' | 'budget' | 'no_taker';
export type CancelCause = 'requested' | 'parent_failed' | 'discarded';
export type InitialState =
  | { readonly state: 'queued' | 'waiting' }
  | { readonly state: 'scheduled'; readonly dueAt: number };
export type AfterFailure =
  | { readonly state: 'scheduled'; readonly reason: 'backoff' | 'rate_limited'; readonly dueAt: number }
  /** The machine is to blame: at once to another agent. Without a time: another runner or model is tried. */
  | { readonly state: 'queued'; readonly passOverUntil?: number }
  | { readonly state: 'dead'; readonly cause: DeathCause };

export type TaskEvent =
  | {
      readonly type: 'task.submitted';
      readonly task: string;
      readonly org: string;
      readonly by: string;
      readonly spec: StoredSpec;
      readonly initial: InitialState;
      /** With a limit to the cost: what it may be given to, the cheapest first. */
      readonly routes?: readonly TaskRoute[];
      /** Parents that are complete and no longer in the state. */
      readonly archivedParents?: readonly string[];
      /** Of a parent that had completed by then. */
      readonly parentBranch?: string;
      /** The span under which everything of the task is traced; absent while traces are off. */
      readonly traceparent?: string;
      readonly idempotency?: { readonly key: string; readonly digest: string };
    }
  | { readonly type: 'task.due'; readonly task: string; readonly to: 'queued' | 'waiting' }
  | { readonly type: 'task.unblocked_by_parents'; readonly task: string }
  | {
      readonly type: 'task.assigned';
      readonly task: string;
      readonly agent: string;
      readonly generation: number;
      readonly acceptBy: number;
      /** Of several runners and models, the ones that it is offered with. */
      readonly choice?: Choice;
      /** What it reserves of the spend limits that it is under; absent when it is under none. */
      readonly estimate?: Amounts;
    }
  | {
      readonly type: 'task.offer_ended';
      readonly task: string;
      readonly cause: 'rejected' | 'ignored' | 'lost';
      readonly reason?: string;
      readonly passOverUntil: number;
      readonly to: 'queued' | 'dead';
    }
  | { readonly type: 'task.accepted'; readonly task: string; readonly runUntil: number }
  | {
      readonly type: 'task.progressed';
      readonly task: string;
      readonly report: ReportMark;
      readonly note?: string;
      readonly fraction?: number;
      readonly usage?: Usage;
      readonly session?: Session;
      /** The new end of the attempt: its run has begun, or is over. */
      readonly until?: number;
      /** What it has changed so far; absent when that is what it was. */
      readonly paths?: readonly string[];
    }
  /** Another live task of the same repository changes the same files. Said of both. */
  | {
      readonly type: 'task.overlapped';
      readonly task: string;
      readonly with: string;
      /** The first of the files that both change. */
      readonly paths: readonly string[];
    }
  | {
      readonly type: 'task.blocked';
      readonly task: string;
      readonly report: ReportMark;
      readonly question: Question;
      readonly until: number;
    }
  | {
      readonly type: 'task.answered';
      readonly task: string;
      readonly questionId: string;
      readonly answer: string;
      readonly by: string;
      readonly runUntil: number;
    }
  | { readonly type: 'task.answer_confirmed'; readonly task: string; readonly questionId: string }
  | {
      readonly type: 'task.completed';
      readonly task: string;
      readonly report: ReportMark;
      readonly result: StoredResult;
      readonly usage?: Usage;
      readonly session?: Session;
    }
  | {
      readonly type: 'task.attempt_failed';
      readonly task: string;
      readonly error: StoredError;
      readonly counted: boolean;
      readonly next: AfterFailure;
      /** Present when the sidecar said so itself; absent when the hub ended the attempt. */
      readonly report?: ReportMark;
      readonly usage?: Usage;
      readonly session?: Session;
      readonly left?: Left;
      /** Until when the agent stays busy stopping; absent when it already holds nothing. */
      readonly stopUntil?: number;
    }
  /** What an ended attempt left, said by its sidecar after the hub had ceased to wait for that. */
  | { readonly type: 'task.attempt_left'; readonly task: string; readonly generation: number; readonly left: Left }
  /** What an ended attempt has used in all, said by its sidecar when that had stopped it. */
  | {
      readonly type: 'task.attempt_used';
      readonly task: string;
      readonly generation: number;
      readonly usage: Usage;
      readonly session?: Session;
    }
  /** Its offer was withdrawn, or its attempt given back without being used. */
  | {
      readonly type: 'task.halted';
      readonly task: string;
      readonly halt: string;
      readonly stopUntil: number;
    }
  /** A spend limit withdrew its offer, or its attempt was given back without being used: it waits for the limit, if that still holds it back. */
  | {
      readonly type: 'task.limited';
      readonly task: string;
      readonly limit?: string;
      readonly to: 'scheduled' | 'queued';
      /** Until when the agent stays busy stopping; absent when it already holds nothing. */
      readonly stopUntil?: number;
      readonly usage?: Usage;
      readonly session?: Session;
      readonly left?: Left;
    }
  | { readonly type: 'task.resumed'; readonly task: string; readonly until: number }
  | {
      readonly type: 'task.cancelled';
      readonly task: string;
      readonly cause: CancelCause;
      readonly reason: string;
      readonly by: string;
      readonly stopUntil: number;
    }
  | {
      readonly type: 'task.requeued';
      readonly task: string;
      readonly by: string;
      readonly to: 'queued' | 'waiting';
      /** What was used by then: the budget counts from here again. Absent when it counts as before. */
      readonly usedBefore?: Usage;
      /** What was kept is only to be pushed. */
      readonly push?: KeptWork;
      /** The next attempt starts a new session instead of resuming an earlier one. */
      readonly freshSession?: true;
      readonly model?: Preferred;
      readonly changes?: SpecChanges;
      readonly routes?: readonly TaskRoute[];
      /** In place of the prompt before; `addedBytes` when it begins with that. */
      readonly prompt?: { readonly body: Body; readonly addedBytes?: number };
    }
  /** It had not been offered since: it is the dead letter that it was. */
  | { readonly type: 'task.requeue_undone'; readonly task: string; readonly by: string; readonly was: DeadBefore }
  /** Its lane from now on; an attempt that is under way goes on. */
  | { readonly type: 'task.moved'; readonly task: string; readonly lane: Lane; readonly by: string }
  /** What it may cost is estimated anew, because by what was known before it could be given to nobody. */
  | { readonly type: 'task.priced'; readonly task: string; readonly routes: readonly TaskRoute[] }
  | { readonly type: 'task.archived'; readonly task: string };

/** The keys of submissions before that time are forgotten. */
export type IdempotencyEvent = { readonly type: 'idempotency.expired'; readonly before: number };

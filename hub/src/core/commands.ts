// Everything the hub can be asked to decide. Commands arrive parsed, validated and authorised; `org` is the caller's own.

import type { ConfigPatch, LaneMove, Unfit } from '@agentcom/schemas';
import type { AccessCommands, AccessReplies } from './access/commands.js';
import type { AlertCommands, AlertReplies } from './alert/commands.js';
import type { HaltCommands, HaltReplies } from './halt/commands.js';
import type { LimitCommands, LimitReplies } from './limit/commands.js';
import type { NotifyCommands, NotifyReplies } from './notify/commands.js';
import type { SavedViewCommands, SavedViewReplies } from './saved-view/commands.js';
import type {
  Body,
  GivenSpec,
  Left,
  Preferred,
  Question,
  ReportMark,
  Session,
  SpecChanges,
  StoredError,
  StoredResult,
  Usage,
} from './task/events.js';
import type { Undo } from './task/undo.js';

/** Which attempt a sidecar speaks of. */
export interface Holding {
  readonly task: string;
  readonly generation: number;
}

interface FromAgent extends Holding {
  readonly org: string;
  readonly agent: string;
  /** On which it was said. */
  readonly connection: string;
}

/** What an attempt has used so far, and the conversation it is held in. */
export interface Spent {
  readonly usage?: Usage | undefined;
  readonly session?: Session | undefined;
}

interface OnTask {
  readonly org: string;
  readonly task: string;
  /** Who asks, for the history. */
  readonly by: string;
}

/** What is to be different from here on; absent is as before. */
export interface RequeueOptions {
  readonly freshSession?: boolean;
  /** What was used so far counts against the budget as before. */
  readonly keepBudget?: boolean;
  readonly model?: Preferred;
  readonly changes?: SpecChanges;
  /** Patterns that the caller is bound to. */
  readonly repositories?: readonly string[];
  /** With `from` it is added to: refused unless the prompt is still that. */
  readonly prompt?: { readonly to: Body; readonly from?: Body; readonly addedBytes?: number };
  /** Refused when the task has been offered since. */
  readonly ifGeneration?: number;
}

/** `undo`: what takes it back, where something can. */
interface Undoable {
  readonly undo?: Undo;
}

/** A parent that has left memory. It had ended by then, so nothing of this changes any more. */
export interface ArchivedParent {
  readonly task: string;
  readonly by: string;
  readonly state: 'completed' | 'cancelled';
  readonly repo?: { readonly url: string };
  readonly branch?: string;
}

export interface CommandTypes
  extends AccessCommands,
    AlertCommands,
    NotifyCommands,
    HaltCommands,
    LimitCommands,
    SavedViewCommands {
  'task.submit': {
    readonly org: string;
    readonly by: string;
    readonly spec: GivenSpec;
    readonly idempotency?: { readonly key: string; readonly digest: string } | undefined;
    /** Patterns that a caller is bound to which is no agent. */
    readonly repositories?: readonly string[];
    /** Whoever submits sees its own tasks only, so only those can be its parents. */
    readonly ownParents?: boolean;
    /** The span that asked, while traces are on. */
    readonly traceparent?: string;
    /** Those of its parents that were found in the archive. */
    readonly archivedParents?: readonly ArchivedParent[];
  };
  'task.cancel': OnTask & { readonly reason: string };
  'task.retry': OnTask & RequeueOptions;
  'task.push': OnTask;
  'task.answer': OnTask & { readonly answer: string; readonly questionId?: string };
  'task.move': OnTask & { readonly to: LaneMove };
  /** Refused if the task has changed since. */
  'task.undo': OnTask & { readonly undo: Undo };
  'dead.requeue': OnTask & RequeueOptions;
  'dead.discard': OnTask & { readonly reason: string };

  'agent.hello': {
    readonly org: string;
    readonly agent: string;
    readonly connection: string;
    readonly instance: string;
    readonly machine?: string;
    readonly capabilities: readonly string[];
    readonly version: string;
    readonly host: string;
    readonly os: string;
    readonly holding?: Holding;
    readonly unfit?: Unfit;
  };
  /** A hello was refused with `agent.other_machine`. */
  'agent.conflict': {
    readonly org: string;
    readonly agent: string;
    readonly host: string;
    readonly instance: string;
  };
  'agent.gone': { readonly org: string; readonly agent: string; readonly connection: string };
  /** Too much of what it sent over this connection was refused. */
  'agent.ban': { readonly org: string; readonly agent: string; readonly connection: string };
  'task.accept': FromAgent;
  'task.reject': FromAgent & { readonly reason: string };
  'task.progress': FromAgent &
    Spent & {
      readonly report: ReportMark;
      readonly note?: string;
      readonly fraction?: number;
      /** Whether the agent runs, when that has changed. */
      readonly running?: boolean;
      /** What the attempt has changed so far. */
      readonly paths?: readonly string[];
    };
  'task.block': FromAgent & { readonly report: ReportMark; readonly question: Question };
  'task.answered': FromAgent & { readonly questionId: string };
  'task.complete': FromAgent & Spent & { readonly report: ReportMark; readonly result: StoredResult };
  'task.fail': FromAgent &
    Spent & {
      readonly report: ReportMark;
      readonly error: StoredError;
      readonly left?: Left;
      /** When a usage limit ends, wall time in ms. */
      readonly resetsAt?: number;
    };
  'task.stopped': FromAgent & Spent & { readonly left?: Left; readonly limited?: boolean };

  /** Its accept came too late for the offer, but it came. */
  'agent.respond': { readonly org: string; readonly agent: string };
  /** Whether its machine can work, as its sidecar says now. */
  'agent.fitness': {
    readonly org: string;
    readonly agent: string;
    readonly connection: string;
    readonly unfit?: Unfit;
  };
  'agent.drain': { readonly org: string; readonly agent: string; readonly draining: boolean; readonly reason: string };
  'agent.remove': { readonly org: string; readonly agent: string };

  'config.patch': {
    readonly patch: ConfigPatch;
    /** Refused when the config has another version by now. */
    readonly ifVersion?: number;
    readonly by: string;
  };

  'leader.elect': { readonly hub: string; readonly epoch: number; readonly url: string; readonly version: string };
  'leader.leave': { readonly hub: string };
  'clock.jump': { readonly forwardMs: number; readonly wallOffsetMs: number };
  'journal.truncate': { readonly at: number; readonly knownHead: number };
  /** Fires what is due, a page at a time. */
  tick: Record<never, never>;
  /** `mark`: of each as it was stored, by `archiveMark`. */
  'tasks.archive': { readonly tasks: readonly { readonly id: string; readonly mark: string }[] };
}

export interface Replies
  extends AccessReplies,
    AlertReplies,
    NotifyReplies,
    HaltReplies,
    LimitReplies,
    SavedViewReplies {
  'task.submit': { readonly task: string; readonly repeated: boolean };
  'task.cancel': Record<never, never>;
  'task.retry': Undoable;
  'task.push': Record<never, never>;
  'task.answer': Record<never, never>;
  'task.move': Undoable;
  'task.undo': Record<never, never>;
  'dead.requeue': Undoable;
  'dead.discard': Record<never, never>;
  'agent.hello': {
    readonly holding: 'keep' | 'confirmed' | 'drop' | null;
    readonly offlineGraceSeconds: number;
  };
  'agent.conflict': Record<never, never>;
  'agent.ban': Record<never, never>;
  'agent.gone': Record<never, never>;
  'task.accept': Record<never, never>;
  'task.reject': Record<never, never>;
  'task.progress': Record<never, never>;
  'task.block': Record<never, never>;
  'task.answered': Record<never, never>;
  'task.complete': Record<never, never>;
  'task.fail': Record<never, never>;
  'task.stopped': Record<never, never>;
  'agent.respond': Record<never, never>;
  'agent.fitness': Record<never, never>;
  'agent.drain': Record<never, never>;
  'agent.remove': Record<never, never>;
  'config.patch': { readonly version: number };
  'leader.elect': Record<never, never>;
  'leader.leave': Record<never, never>;
  'clock.jump': Record<never, never>;
  'journal.truncate': Record<never, never>;
  /** `more`: another page is due already. */
  tick: { readonly more: boolean };
  /** Bodies that no task names any more. */
  'tasks.archive': { readonly unusedBodies: readonly string[] };
}

export type CommandType = keyof CommandTypes;
export type CommandOf<T extends CommandType> = CommandTypes[T] & { readonly type: T };
export type Command = { [T in CommandType]: CommandOf<T> }[CommandType];

// What the sidecar's machines speak of: an assigned task, the attempt at it, and how its parts end.

import type { AssignedTask, Question, RunnerKind, Session, TaskError, Usage } from '@agentcom/schemas';

/** Names one attempt. Generations of a task only grow, so the pair is never used twice. */
export interface AttemptId {
  readonly task: string;
  readonly generation: number;
}

export interface Assignment {
  readonly task: AssignedTask;
  readonly generation: number;
  /** The span of the offer, where the hub traces. */
  readonly traceparent?: string;
  readonly acceptWithinMs: number;
}

/** Where an attempt works. All paths are absolute. */
export type Workspace =
  | { readonly kind: 'scratch'; readonly dir: string }
  | {
      readonly kind: 'git';
      readonly dir: string;
      /** The cached bare repository whose objects are borrowed. */
      readonly mirror: string;
      /** The repository of the attempt: its own settings, branches and hooks; it borrows the objects of the mirror. */
      readonly gitDir: string;
      readonly url: string;
      readonly branch: string;
      /** The commit the branch started from; when work was restored, the one that work began from. */
      readonly base: string;
      /** The branch it is meant for. */
      readonly baseBranch: string;
      readonly salvageRef: string;
      /** Work of an attempt before was found on this machine and is in the worktree again. */
      readonly restored: boolean;
      /** What the repository's own `.agentcom.toml` says, as it was at the base. */
      readonly settings: RepoSettings;
    };

/** `.agentcom.toml` at the root of a repository. */
export interface RepoSettings {
  /** Run before the agent. */
  readonly setup: readonly string[];
  /** Paths of files that the machine has for the repository, and that are not in it. */
  readonly files: readonly string[];
  /** Patterns of ignored files that are results. */
  readonly keep: readonly string[];
  readonly verify: readonly string[];
  readonly inactivitySeconds?: number;
  readonly protectedBranches: readonly string[];
  readonly pullRequest: {
    readonly draft?: boolean;
    readonly labels: readonly string[];
    readonly reviewers: readonly string[];
  };
}

/** Who is to work on it: fixed when the task is taken, from what the task asks for and the configuration allows. */
export interface RunnerChoice {
  readonly kind: RunnerKind;
  readonly model: string | null;
  /** Absent where this machine has no several accounts of it. */
  readonly accounts?: AccountChoice;
}

export interface AccountChoice {
  /** By name, in the order in which they are used in this attempt: the first is used. */
  readonly names: readonly [string, ...string[]];
  /** When the first of those left out can be used again, RFC 3339; null when none was left out. */
  readonly othersResetAt: string | null;
}

/** An account that could not go on. */
export interface SpentAccount {
  readonly name: string;
  readonly why: 'limit' | 'signed out';
  /** When its limit ends, RFC 3339; null when its tool did not say. */
  readonly resetsAt: string | null;
}

/** One process of the agent. An attempt has a second one after a question was answered. */
export interface Turn {
  /** 1 for the first. */
  readonly number: number;
  /** What it is told, whole. */
  readonly prompt: string;
  /** The session it goes on with, with the counters that its tool had reported by then; null begins a new one. */
  readonly resume: ResumedSession | null;
}

export interface ResumedSession {
  readonly session: Session;
  readonly counters: Counters;
  /** That it belongs to, where there are several. */
  readonly account?: string;
}

/** What a tool has said of its use so far, as it says it, over a whole session: what is billed is the growth. */
export interface Counters {
  /** Those read from a cache among them. */
  readonly inputTokens: number;
  /** As far as the tool tells them apart: they have a price of their own. */
  readonly cachedInputTokens?: number;
  readonly outputTokens: number;
  readonly costMicros: number;
}

/** Why a turn ended that did not end by itself. */
export const CUT_SHORT = ['inactive', 'timeout', 'lingering', 'budget', 'limit', 'asked', 'disk'] as const;
export type CutShort = (typeof CUT_SHORT)[number];

/** How a turn ended; with neither code nor signal it vanished. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  /** The end of the output, at most 2 KiB of UTF-8. */
  readonly tail: string;
  readonly seconds: number;
  /** Who ended it and why; null when it ended by itself. `lingering`: it had said that it was done, and stayed. */
  readonly cut: CutShort | null;
  /** What the agent itself said of the outcome, in its tool's final event; null when it said nothing of the kind. */
  readonly final: { readonly ok: boolean; readonly text: string } | null;
  /** What its tool said when its provider did not take the account of this machine, and how to sign in; null when it did. */
  readonly signedOut: { readonly said: string; readonly remedy: string } | null;
  /** When the usage limit ends that was met, RFC 3339; null without one, or when the tool did not say. */
  readonly resetsAt: string | null;
  /** What the turn itself has used. */
  readonly usage: Usage;
  readonly session: ResumedSession | null;
  /** With `asked`: an approval that the tool wants. */
  readonly question: Question | null;
  /** Its kind says by a final event that the turn is over, so that silence is not success. */
  readonly hasFinalEvent: boolean;
  /** Tool calls that came to an end, refused ones among them, as far as its kind tells them. */
  readonly calls: number;
  /** The first tool calls that were refused, as people read them. */
  readonly refused: readonly string[];
  /** How many were refused. */
  readonly refusals: number;
  /** What people should know of how it ended. */
  readonly notes: readonly string[];
}

/** What passed the checks and is to be pushed: on top of a newer base when it could be rebased. */
export interface Checked {
  readonly commit: string;
  readonly base: string;
  /** The branch it is meant for by now, instead of its parent's, which is gone from the remote. */
  readonly target?: string;
  readonly notes: readonly string[];
}

/** A request that is open for the branch; `url` null when none could be opened, and the notes then say why and how to. */
export interface Requested {
  readonly url: string | null;
  /** As in `Checked`, when that was found out only then. */
  readonly target?: string;
  readonly notes: readonly string[];
}

/** What had left the machine of an attempt that was given up: its branch, as far as the remote has it, and its request, which is closed. */
export interface Withdrawn {
  readonly branch: string | null;
  readonly pullRequest: string | null;
}

/** Why a part of an attempt could not be done. */
export interface Failure extends TaskError {
  /** Who can put it right when another attempt would only meet it again: the agent, in the session that it has, or a person. */
  readonly mend?: 'agent' | 'person';
  /** For the result, should it turn out to be no failure. */
  readonly notes?: readonly string[];
}

/** `ref` keeps what was not pushed; `isComplete` false means that some of it is only in the job's directory, which must stay. */
export interface Salvage {
  readonly ref: string | null;
  readonly isComplete: boolean;
  /** What people should know of results that git ignores, and the repository wants kept. */
  readonly notes?: readonly string[];
  /** The attempt's branch, when the agent has pushed it. */
  readonly branch?: string;
}

/** The attempt that a job or an assignment is. */
export function idOf({ task, generation }: Pick<Assignment, 'task' | 'generation'>): AttemptId {
  return { task: task.id, generation };
}

export function sameAttempt(a: AttemptId, b: AttemptId): boolean {
  return a.task === b.task && a.generation === b.generation;
}

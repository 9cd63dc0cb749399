// What the sidecar's machines speak of: an assigned task, the attempt at it, and how its parts end.

import type { AssignedTask, TaskError } from '@agentcom/schemas';

/** Names one attempt. Generations of a task only grow, so the pair is never used twice. */
export interface AttemptId {
  readonly task: string;
  readonly generation: number;
}

export interface Assignment {
  readonly task: AssignedTask;
  readonly generation: number;
  readonly acceptWithinMs: number;
}

/** Where an attempt works. All paths are absolute. */
export type Workspace =
  | { readonly kind: 'scratch'; readonly dir: string }
  | {
      readonly kind: 'git';
      readonly dir: string;
      /** The cached bare repository that the worktree belongs to. */
      readonly mirror: string;
      /** The worktree's own git directory, inside the mirror. */
      readonly gitDir: string;
      readonly url: string;
      readonly branch: string;
      /** The commit the branch started from. */
      readonly base: string;
      readonly salvageRef: string;
    };

/** How a run ended; with neither code nor signal it vanished. `tail` is the end of its output, at most 2 KiB of UTF-8. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly tail: string;
  readonly seconds: number;
}

/** Why a part of an attempt could not be done. */
export type Failure = TaskError;

/** `ref` keeps what was not pushed; `isComplete` false means that some of it is only in the job's directory, which must stay. */
export interface Salvage {
  readonly ref: string | null;
  readonly isComplete: boolean;
}

export function sameAttempt(a: AttemptId, b: AttemptId): boolean {
  return a.task === b.task && a.generation === b.generation;
}

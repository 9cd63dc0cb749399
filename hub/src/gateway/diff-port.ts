// What the edges need of what attempts have changed.

import type { SidecarFrameOf, TaskDiff } from '@agentcom/schemas';
import type { Refusal } from '../core/refusal.js';
import type { OutputAttempt } from './output-port.js';

/** Takes the diffs that one connection of a sidecar sends. */
export interface DiffReception {
  part(frame: SidecarFrameOf<'task.diff.part'>): void;
  /** Resolves to undefined once the diff is stored. `at`: when it came, RFC 3339. */
  whole(org: string, frame: SidecarFrameOf<'task.diff'>, at: string): Promise<Refusal | undefined>;
  close(): void;
}

export interface DiffIntake {
  open(): DiffReception;
  /** Calls `arrived` when the next diff of the attempt is stored, unless what is returned is called before. */
  onNext(attempt: OutputAttempt, arrived: () => void): () => void;
}

export interface DiffStore {
  /** The newest of the task, or of that attempt. */
  newest(org: string, task: string, generation?: number): Promise<TaskDiff | undefined>;
}

// What the sidecar's loop asks of the world. The adapters fulfil it; tests and the loop know nothing else of them.

import type { AttemptId, Exit, Failure, Salvage, Workspace } from './core/attempt.js';
import type { Job, RequestError, RequestFrame } from './core/job-model.js';

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

/** Keeps records. Both calls resolve once a crash can no longer undo them. */
export interface JobMemory {
  persist(job: Job): Promise<void>;
  forget(job: Job, keepFiles: boolean): Promise<void>;
}

/** Where attempts work. Every call may be repeated after a crash. Calls reject only with the signal's reason. */
export interface Workspaces {
  prepare(job: Job, signal: AbortSignal): Promise<Outcome<Workspace>>;
  /** The tip that may be pushed. */
  check(job: Job, signal: AbortSignal): Promise<Outcome<string>>;
  push(job: Job, signal: AbortSignal): Promise<Outcome<null>>;
  salvage(job: Job, signal: AbortSignal): Promise<Salvage>;
}

export interface Progress {
  readonly note?: string;
  readonly fraction?: number;
}

export interface Runner {
  /** Begins the attempt's run or finds the one that was begun, and waits for its end. Rejects only with the signal's reason. */
  run(job: Job, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<Outcome<Exit>>;
  /** Resolves when nothing of the run is left and none can begin. */
  halt(attempt: AttemptId): Promise<void>;
}

export interface HubLink {
  /** `done` hears the answer, null for `ok`; never, when the link is lost first. */
  request(frame: RequestFrame, done: (error: RequestError | null) => void): void;
}

/** The part of a logger that is used; pino has it. */
export interface Log {
  debug(about: object, message: string): void;
  info(about: object, message: string): void;
  warn(about: object, message: string): void;
  error(about: object, message: string): void;
}

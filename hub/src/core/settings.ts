// The times and limits that decisions depend on. They come in with every command, so a replay never needs them:
// whatever follows from them stands in the events.

export interface Settings {
  /** An offer not accepted within this time goes back to the queue. */
  readonly acceptTimeoutMs: number;
  /** Ends an attempt when the task itself names no limit. */
  readonly runTimeoutMs: number;
  /** A question nobody answers fails the attempt after this time. */
  readonly blockedTimeoutMs: number;
  /** How long accepted work survives a lost link. */
  readonly offlineGraceMs: number;
  /** How long an agent stays busy with work that was ended under it. */
  readonly stopGraceMs: number;
  /** A waiting task rises one lane per step. */
  readonly agingStepMs: number;
  /** Offers in a row without an accept before a task is dead. */
  readonly maxOffers: number;
  /** Attempts when the task itself names no limit. */
  readonly maxAttempts: number;
  /** Backoff after failed attempts: full jitter over `min(cap, base · 2^(attempt−1))`. */
  readonly retryBaseMs: number;
  readonly retryCapMs: number;
  /** How long an agent that rejected or ignored a task is passed over for it: the same doubling, without jitter. */
  readonly passOverBaseMs: number;
  readonly passOverCapMs: number;
  /** Finished tasks leave memory for the archive past either limit. */
  readonly retentionMs: number;
  readonly retentionTasks: number;
  /** How long an idempotency key is remembered at least. */
  readonly idempotencyMs: number;
}

export const defaultSettings: Settings = {
  acceptTimeoutMs: 60_000,
  runTimeoutMs: 2 * 3_600_000,
  blockedTimeoutMs: 24 * 3_600_000,
  offlineGraceMs: 120_000,
  stopGraceMs: 60_000,
  agingStepMs: 15 * 60_000,
  maxOffers: 20,
  maxAttempts: 3,
  retryBaseMs: 5_000,
  retryCapMs: 10 * 60_000,
  passOverBaseMs: 5_000,
  passOverCapMs: 10 * 60_000,
  retentionMs: 7 * 24 * 3_600_000,
  retentionTasks: 100_000,
  idempotencyMs: 24 * 3_600_000,
};

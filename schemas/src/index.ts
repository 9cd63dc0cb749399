// Everything the wires of AgentCom are made of.

export type { TSchema } from 'typebox';
export { inUsualCase } from './address-case.js';
export { type AddressRange, addressRange } from './address-range.js';
export { AgentIntroduction, AgentSummary, AgentView, Unfit } from './agent.js';
export * from './agent-api.js';
export * from './agent-results.js';
export type { Reading } from './ajv.js';
export * from './alert-rules.js';
export * from './alerts.js';
export * from './attempt-names.js';
export * from './audit.js';
export * from './backoff.js';
export * from './clip.js';
export * from './costs.js';
export * from './costs-csv.js';
export * from './diff.js';
export * from './errors.js';
export * from './frames.js';
export * from './git-names.js';
export * from './halts.js';
export * from './http.js';
export * from './hub-settings.js';
export * from './json.js';
export * from './key-text.js';
export * from './limits.js';
export * from './live.js';
export * from './log.js';
export * from './machine-codes.js';
export { Message } from './message.js';
export * from './metrics.js';
export * from './names.js';
export * from './notification.js';
export * from './notify.js';
export * from './operation.js';
export { matchesPattern } from './pattern.js';
export * from './people.js';
export { pointerTo } from './pointer.js';
export {
  BranchName,
  Capability,
  Commit,
  type Data,
  GitRef,
  IdempotencyKey,
  InstanceId,
  isReservedCapability,
  KeyHash,
  Labels,
  RepoUrl,
  RequestId,
  Slug,
  TaskId,
  Timestamp,
} from './primitives.js';
export * from './problem.js';
export * from './programs.js';
export { type Openness, published } from './published.js';
export * from './query.js';
export * from './registry.js';
export { isRequestOf, type RepoAddress, repoAddress } from './repo-address.js';
export { beginRequest } from './request-span.js';
export { METHODS, type Method, ROUTE_ADDRESSES } from './route-addresses.js';
export * from './routes.js';
export * from './runtime-config.js';
export * from './saved-views.js';
export { type Cancel, pause, type Scheduler } from './scheduler.js';
export * from './settings.js';
export * from './sidecar-settings.js';
export * from './span-names.js';
export * from './spend-limits.js';
export {
  Answered,
  AssignedTask,
  Attempt,
  Choice,
  HistoryEntry,
  OverLimit,
  Overlap,
  PastAttempt,
  Question,
  Repo,
  Result,
  RowWhy,
  Session,
  SubmittedTask,
  TaskError,
  TaskRoute,
  TaskSpec,
  TaskSummary,
  TaskView,
  Usage,
  UsageTotal,
  VerificationRun,
  Why,
  WhyReason,
} from './task.js';
export * from './telemetry-events.js';
export * from './trace.js';
export * from './validate.js';
export { wordsOf } from './words.js';

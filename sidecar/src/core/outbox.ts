// The reports of one attempt on their way to the hub, one at a time: the next is sent only when the one before has its answer.
// A progress note that still waits is replaced by a newer one or by the final report, so there are never more than two.

import type { Result, TaskError, Usage } from '@agentcom/schemas';

export type ReportBody =
  | { readonly type: 'task.progress'; readonly note?: string; readonly fraction?: number }
  | { readonly type: 'task.complete'; readonly result: Result; readonly usage?: Usage }
  | { readonly type: 'task.fail'; readonly error: TaskError; readonly usage?: Usage };

/** A report keeps its number and its body however often it is sent: the hub knows it by both. */
export interface Report {
  readonly seq: number;
  readonly body: ReportBody;
}

export interface Outbox {
  /** The number of the next report. None is used twice in one attempt, not even that of a report that was replaced. */
  readonly nextSeq: number;
  readonly reports: readonly Report[];
}

export const EMPTY_OUTBOX: Outbox = { nextSeq: 1, reports: [] };

/** Whether the report ends its attempt. */
export function isFinal(report: Report): boolean {
  return report.body.type !== 'task.progress';
}

/** The report to send now, or undefined. */
export function head(outbox: Outbox): Report | undefined {
  return outbox.reports[0];
}

/** Adds a report. The head stays, because it may be on its way; whatever waits behind it was never sent and gives way. */
export function put(outbox: Outbox, body: ReportBody): Outbox {
  const report = { seq: outbox.nextSeq, body };
  return { nextSeq: outbox.nextSeq + 1, reports: [...outbox.reports.slice(0, 1), report] };
}

/** Takes out the head once it has been answered for good. */
export function settle(outbox: Outbox): Outbox {
  return { ...outbox, reports: outbox.reports.slice(1) };
}

/** Forgets every report, answered or not, and keeps the count. */
export function discard(outbox: Outbox): Outbox {
  return { ...outbox, reports: [] };
}

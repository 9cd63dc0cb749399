// The reports of one attempt on their way to the hub, one at a time: the next is sent only when the one before has its answer.
// Progress that still waits takes up what is newer and makes way for any other report, so there are never more than four.

import type { SidecarFrameOf } from '@agentcom/schemas';

type ReportType = 'task.progress' | 'task.block' | 'task.complete' | 'task.fail';

/** A report without what every report has: its request, attempt and number. */
export type ReportBody = {
  [T in ReportType]: Omit<SidecarFrameOf<T>, 'id' | 'task' | 'generation' | 'seq'>;
}[ReportType];

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
  return report.body.type === 'task.complete' || report.body.type === 'task.fail';
}

/** The report to send now, or undefined. */
export function head(outbox: Outbox): Report | undefined {
  return outbox.reports[0];
}

/** Adds a report. The head stays as it is, because it may be on its way; progress behind it was never sent. */
export function put(outbox: Outbox, body: ReportBody): Outbox {
  const kept = outbox.reports.filter((report, at) => at === 0 || !makesWay(report, body));
  const waiting = outbox.reports.slice(1).find((report) => report.body.type === 'task.progress');
  const whole = body.type === 'task.progress' ? { ...waiting?.body, ...body } : body;
  return { nextSeq: outbox.nextSeq + 1, reports: [...kept, { seq: outbox.nextSeq, body: whole }] };
}

/** That the agent runs again must be known before its question is: the hub counts its time. */
function makesWay({ body }: Report, newer: ReportBody): boolean {
  return body.type === 'task.progress' && (newer.type !== 'task.block' || body.running === undefined);
}

/** Takes out the head once it has been answered for good. */
export function settle(outbox: Outbox): Outbox {
  return { ...outbox, reports: outbox.reports.slice(1) };
}

/** Forgets every report, answered or not, and keeps the count. */
export function discard(outbox: Outbox): Outbox {
  return { ...outbox, reports: [] };
}

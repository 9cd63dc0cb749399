// When people are told of an alert: once it has fired for a moment, so that what belongs together comes together; again when it becomes worse
// or grows; a page goes on to the next until somebody acknowledges it, everything else is repeated now and then.

import type { Severity } from '@agentcom/schemas';
import { type Alert, rankOf, subjectKey, type Told } from './alert.js';
import { WATCHDOG } from './attention.js';
import type { TellReason } from './events.js';
import { DIRECT_RULES } from './terms.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** From firing to the first word. */
const WAIT_MS: Readonly<Record<Severity, number>> = { page: 10 * SECOND, warn: 30 * SECOND, info: 30 * SECOND };
/** What grew is told again after this. */
const CHANGED_AGAIN_MS = 5 * MINUTE;
/** A page escalates instead. */
const REPEAT_MS: Readonly<Record<Severity, number>> = {
  page: Number.POSITIVE_INFINITY,
  warn: 4 * HOUR,
  info: 24 * HOUR,
};
/** From the page to its first escalation, and from that to the second: 5 and 15 min after the page. */
const ESCALATE_MS = [5 * MINUTE, 10 * MINUTE];
/** Growth of the count that is worth telling, where not all subjects are named. */
const GROWN = 1.1;
/** How many of the subjects that were told are remembered. */
const TOLD_SUBJECTS = 100;

export interface Telling {
  readonly at: number;
  readonly reason: TellReason;
}

/** What comes next for people to be told, if the alert stays as it is; undefined when nothing does. */
export function nextTelling(alert: Alert): Telling | undefined {
  const { state, rule, mutedBy, silenced } = alert;
  // The hub that sees those of the second kind has told people of them already.
  if (rule === WATCHDOG || DIRECT_RULES.has(rule)) return undefined;
  if (state !== 'firing' || mutedBy !== undefined || silenced !== undefined) return undefined;
  // Nothing of it is found any more: it is found again, or over soon.
  if (alert.easing !== undefined && alert.easing.to === undefined) return undefined;
  const { told, severity, acknowledged } = alert;
  const waitedAt = alert.raisedAt + WAIT_MS[severity];
  if (told === undefined) return acknowledged === undefined ? { at: waitedAt, reason: 'fired' } : undefined;
  // Whoever acknowledged it acknowledged less.
  if (rankOf(severity) > rankOf(told.severity)) return { at: waitedAt, reason: 'worse' };
  if (acknowledged !== undefined) return undefined;
  return earliest([
    escalation(alert, told),
    hasGrown(alert, told) ? { at: told.at + CHANGED_AGAIN_MS, reason: 'changed' } : undefined,
    { at: told.at + REPEAT_MS[severity], reason: 'repeated' },
  ]);
}

/** How often the alert has been passed on, once this is told. */
export function escalationAfter({ told }: Alert, reason: TellReason): number {
  if (reason === 'fired' || reason === 'worse') return 0;
  return (told?.escalation ?? 0) + (reason === 'escalated' ? 1 : 0);
}

/** What is remembered of telling it at `at`. */
export function toldOf(alert: Alert, at: number, reason: TellReason, escalation: number): Told {
  const { severity, finding, told } = alert;
  const pagedAt = severity !== 'page' ? undefined : reason === 'worse' ? at : (told?.pagedAt ?? at);
  const escalatedAt = reason === 'escalated' ? at : escalation > 0 ? told?.escalatedAt : undefined;
  const subjects = new Set([...(told?.subjects ?? []), ...finding.subjects.map(subjectKey)]);
  return {
    at,
    severity,
    count: finding.count,
    subjects: [...subjects].slice(-TOLD_SUBJECTS),
    escalation,
    ...(pagedAt !== undefined && { pagedAt }),
    ...(escalatedAt !== undefined && { escalatedAt }),
  };
}

function escalation({ severity }: Alert, { pagedAt, escalation: done, escalatedAt }: Told): Telling | undefined {
  const step = ESCALATE_MS[done];
  if (severity !== 'page' || pagedAt === undefined || step === undefined) return undefined;
  return { at: (escalatedAt ?? pagedAt) + step, reason: 'escalated' };
}

function hasGrown({ finding }: Alert, told: Told): boolean {
  const { subjects, count } = finding;
  if (count > subjects.length) return count >= told.count * GROWN;
  return subjects.some((one) => !told.subjects.includes(subjectKey(one)));
}

/** The first of equals. */
function earliest(tellings: readonly (Telling | undefined)[]): Telling | undefined {
  let first: Telling | undefined;
  for (const one of tellings) {
    if (one !== undefined && Number.isFinite(one.at) && (first === undefined || one.at < first.at)) first = one;
  }
  return first;
}

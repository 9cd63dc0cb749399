// Alerts, silences and rules as they are asked for and answered.

import * as Type from 'typebox';
import { ALERT_RULE_NAMES } from './alert-rules.js';
import { LIMITS } from './limits.js';
import { ALERT_STATES, NOISE_REASONS, type NoiseReason } from './names.js';
import { SEVERITIES, SUBJECT_KINDS } from './notification.js';
import { limit, mustBeCursor, page, Query, Sort } from './pages.js';
import { Count, closed, type Data, integer, line, list, oneOf, TaskId, Timestamp } from './primitives.js';

/** What the value and the limit of an alert are measured in. */
export const ALERT_UNITS = ['ms', 'seconds', 'bytes', 'percent', 'count'] as const;

const severity = oneOf(SEVERITIES);
const RuleName = oneOf(ALERT_RULE_NAMES);
const Note = line(LIMITS.noteChars);
const Reason = line(LIMITS.reasonChars);
const SubjectId = line(LIMITS.urlChars);

const subject = closed({ kind: oneOf(SUBJECT_KINDS), id: Type.String(), name: Type.String() });

/** `byName`: as people call that one: the name of a person or of a key. */
const done = { by: Type.String(), byName: Type.Optional(Type.String()), at: Timestamp };

/**
 * `org` is absent for what concerns the hub itself. `value` passed `limit`, both in `unit`. `subjects` has the first 20 of `count`. `silenced` is the
 * silence that matches, `mutedBy` the rule that explains it. `clearing`: nothing is found any more, what it says is what was found last, and it
 * resolves at `endsAt` unless it is found again. `outcome`: how it ended, unless what it was about was mended. `history`: the share of each of the last 24 hours in which the rule fired in this
 * organisation, oldest first.
 */
export const AlertView = closed({
  id: Type.String(),
  rule: Type.String(),
  state: oneOf(ALERT_STATES),
  severity,
  org: Type.Optional(Type.String()),
  since: Timestamp,
  firingSince: Type.Optional(Timestamp),
  resolvedAt: Type.Optional(Timestamp),
  clearing: Type.Optional(closed({ since: Timestamp, endsAt: Timestamp })),
  outcome: Type.Optional(Type.String()),
  value: Type.Number(),
  limit: Type.Number(),
  unit: Type.Optional(oneOf(ALERT_UNITS)),
  subjects: Type.Array(subject),
  count: Count,
  why: Type.String(),
  next: Type.Optional(Type.String()),
  runbook: Type.String(),
  acknowledged: Type.Optional(closed({ ...done, note: Type.Optional(Type.String()) })),
  silenced: Type.Optional(Type.String()),
  mutedBy: Type.Optional(Type.String()),
  noise: Type.Optional(closed({ ...done, reason: oneOf(NOISE_REASONS), note: Type.Optional(Type.String()) })),
  toldAt: Type.Optional(Timestamp),
  escalation: Type.Optional(Count),
  history: Type.Array(Type.Number()),
});
export type AlertView = Data<typeof AlertView>;
export const AlertPage = page(AlertView);
export type AlertPage = Data<typeof AlertPage>;

const cursor = Type.Optional(Type.String({ ...TaskId, mustBe: mustBeCursor }));

/** Newest first unless `sort` says otherwise, with which no cursor goes; without `state`, here or in `q`, those that are not resolved. */
export const AlertListQuery = closed({
  limit,
  cursor,
  state: Type.Optional(list(oneOf(ALERT_STATES), ALERT_STATES.length)),
  severity: Type.Optional(severity),
  rule: Type.Optional(RuleName),
  q: Query,
  sort: Sort,
});
export type AlertListQuery = Data<typeof AlertListQuery>;

export const AlertPath = closed({
  id: Type.String({ ...TaskId, mustBe: 'the id of an alert: a UUID of version 7 in lower case' }),
});

export const AcknowledgeBody = closed({ note: Type.Optional(Note) });
export type AcknowledgeBody = Data<typeof AcknowledgeBody>;

export const NoiseBody = closed({ reason: oneOf(NOISE_REASONS), note: Type.Optional(Note) });
export type NoiseBody = Data<typeof NoiseBody>;

/** All of them must fit: everything that the alert is about is `subject`, every task that it is about has `label`. */
const matchers = {
  severity: Type.Optional(severity),
  subject: Type.Optional(closed({ kind: oneOf(SUBJECT_KINDS), id: SubjectId })),
  label: Type.Optional(closed({ name: line(LIMITS.labelKeyChars), value: line(LIMITS.labelValueChars) })),
};

/** Without `ttlSeconds` an hour, or with `untilResolved` at most a week. */
export const SilenceBody = closed({
  matchers: closed({ rule: Type.Optional(RuleName), ...matchers }, { minProperties: 1 }),
  reason: Reason,
  ttlSeconds: Type.Optional(integer(60, LIMITS.silenceTtlSeconds)),
  /** It ends earlier with the last alert that it matches. */
  untilResolved: Type.Optional(Type.Boolean()),
});
export type SilenceBody = Data<typeof SilenceBody>;

export const SilenceView = closed({
  id: Type.String(),
  matchers: closed({ rule: Type.Optional(Type.String()), ...matchers }),
  reason: Type.String(),
  createdBy: Type.String(),
  createdAt: Timestamp,
  endsAt: Timestamp,
  untilResolved: Type.Boolean(),
  /** The alerts that are silenced by it right now. */
  alerts: Count,
});
export type SilenceView = Data<typeof SilenceView>;
export const SilencePage = page(SilenceView);
export type SilencePage = Data<typeof SilencePage>;

export const SilenceListQuery = closed({ limit, cursor });
export type SilenceListQuery = Data<typeof SilenceListQuery>;

export const SilencePath = closed({
  id: Type.String({ ...TaskId, mustBe: 'the id of a silence: a UUID of version 7 in lower case' }),
});

/** As the config has it right now. `fired`: how often in the last 7 days; `noise`: how often its alerts were marked as noise, ever. */
export const AlertRuleView = closed({
  rule: Type.String(),
  enabled: Type.Boolean(),
  severity,
  forSeconds: Count,
  keepFiringForSeconds: Count,
  thresholds: Type.Record(Type.String(), Type.Number()),
  mutedBy: Type.Array(Type.String()),
  meaning: Type.String(),
  next: Type.String(),
  runbook: Type.String(),
  open: Count,
  fired: Count,
  noise: closed(Object.fromEntries(NOISE_REASONS.map((name) => [name, Count])) as Record<NoiseReason, typeof Count>),
});
export type AlertRuleView = Data<typeof AlertRuleView>;
export const AlertRulePage = page(AlertRuleView);
export type AlertRulePage = Data<typeof AlertRulePage>;

/** A cursor names the last rule of the page before. */
export const AlertRuleListQuery = closed({
  limit,
  cursor: Type.Optional(Type.String({ pattern: '^[A-Za-z]{1,64}$', mustBe: mustBeCursor })),
});
export type AlertRuleListQuery = Data<typeof AlertRuleListQuery>;

export const AlertRulePath = closed({ rule: RuleName });

/** What would be different: the limit, in the unit of its alerts, and how long it must last. */
export const AlertRuleTestBody = closed({
  limit: Type.Optional(Type.Number({ minimum: 0, maximum: LIMITS.amount })),
  forSeconds: Type.Optional(integer(0, LIMITS.alertForSeconds)),
});
export type AlertRuleTestBody = Data<typeof AlertRuleTestBody>;

/**
 * How often the rule fired in the last `days`, and how often it would have with that. `isAtLeast`: it may have been more, because what stayed
 * within the limit there was, or lasted too short a time, is not kept.
 */
export const AlertRuleTested = closed({
  rule: Type.String(),
  days: Count,
  fired: Count,
  wouldHaveFired: Count,
  isAtLeast: Type.Boolean(),
});
export type AlertRuleTested = Data<typeof AlertRuleTested>;

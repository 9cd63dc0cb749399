// Alerts, silences and rules as the outside sees them.

import {
  ALERT_RULES,
  type AlertRule,
  type AlertRuleName,
  type AlertRuleView,
  type AlertView,
  type Config,
  NOISE_REASONS,
  type NoiseReason,
  runbookOf,
  type SilenceView,
} from '@agentcom/schemas';
import { iso } from '../iso.js';
import { type Alert, alertKey } from './alert.js';
import type { Alerts } from './alerts.js';
import { hoursFired, timesFired } from './history.js';
import { nextFor } from './next.js';
import type { Silence } from './silence.js';
import { isRule, termsOf } from './terms.js';

/** What somebody sees of alerts. */
export interface AlertReader {
  readonly alertBook: Alerts;
  readonly config: { readonly values: Config };
  /** What people call a caller. */
  nameOf(by: string): string | undefined;
}

export function alertView(reader: AlertReader, alert: Alert, now: number): AlertView {
  const { id, rule, org, state, severity, finding, since, firingSince, resolvedAt, outcome } = alert;
  const clearing = clearingOf(alert, reader.config.values);
  const { acknowledged, silenced, mutedBy, noise, told } = alert;
  const { value, limit, unit, subjects, count, why } = finding;
  return {
    id,
    rule,
    state,
    severity,
    ...(org !== undefined && { org }),
    since: iso(since),
    ...(firingSince !== undefined && { firingSince: iso(firingSince) }),
    ...(resolvedAt !== undefined && { resolvedAt: iso(resolvedAt) }),
    ...(clearing !== undefined && { clearing }),
    ...(outcome !== undefined && { outcome }),
    value,
    limit,
    ...(unit !== undefined && { unit }),
    subjects,
    count,
    why,
    ...(isRule(rule) && { next: nextFor(ALERT_RULES[rule].next, finding) }),
    runbook: runbookOf(rule),
    ...(acknowledged !== undefined && { acknowledged: doneView(reader, acknowledged) }),
    ...(silenced !== undefined && { silenced }),
    ...(mutedBy !== undefined && { mutedBy }),
    ...(noise !== undefined && { noise: doneView(reader, noise) }),
    ...(told !== undefined && { toldAt: iso(told.at), escalation: told.escalation }),
    history: hoursFired(reader.alertBook, alertKey(alert), now),
  };
}

function doneView<T extends { readonly by: string; readonly at: number }>(reader: AlertReader, done: T) {
  const byName = reader.nameOf(done.by);
  return { ...done, ...(byName !== undefined && { byName }), at: iso(done.at) };
}

function clearingOf({ rule, easing }: Alert, config: Config): AlertView['clearing'] {
  if (easing === undefined || easing.to !== undefined) return undefined;
  return { since: iso(easing.since), endsAt: iso(easing.since + termsOf(config, rule).keepFiringMs) };
}

export function silenceView(alerts: Alerts, silence: Silence): SilenceView {
  const { id, matchers, reason, by: createdBy, createdAt, endsAt, untilResolved } = silence;
  const silenced = [...alerts.open.values()].filter((alert) => alert.silenced === id).length;
  const times = { createdAt: iso(createdAt), endsAt: iso(endsAt) };
  return { id, matchers, reason, createdBy, ...times, untilResolved, alerts: silenced };
}

/** As far as `orgs` are concerned: undefined stands for the hub itself. */
export function alertRuleView(
  alerts: Alerts,
  config: Config,
  rule: AlertRuleName,
  orgs: readonly (string | undefined)[],
  now: number,
): AlertRuleView {
  const { enabled, severity, forSeconds, keepFiringForSeconds, ...thresholds } = config.alerts.rules[rule];
  const { mutedBy, mutedIfAllBy = [], meaning, next }: AlertRule = ALERT_RULES[rule];
  const keys = orgs.map((org) => alertKey({ org, rule }));
  const noise = NOISE_REASONS.map((reason) => [
    reason,
    keys.reduce((sum, key) => sum + (alerts.noise.get(key)?.[reason] ?? 0), 0),
  ]);
  return {
    rule,
    enabled,
    severity,
    forSeconds,
    keepFiringForSeconds,
    thresholds,
    mutedBy: [...mutedBy, ...mutedIfAllBy],
    meaning,
    next,
    runbook: runbookOf(rule),
    open: keys.filter((key) => alerts.open.has(key)).length,
    fired: keys.reduce((sum, key) => sum + timesFired(alerts, key, now), 0),
    noise: Object.fromEntries(noise) as Record<NoiseReason, number>,
  };
}

// What a rule did of late in one organisation, from the alerts that are kept.

import type { AlertRuleTested } from '@agentcom/schemas';
import { type Alert, alertKey, firesBelow } from './alert.js';
import { type Alerts, RESOLVED_KEPT, RESOLVED_KEPT_MS } from './alerts.js';

const HOUR_MS = 3_600_000;
const HOURS = 24;

/** The share of each of the last 24 hours in which it fired, oldest first. */
export function hoursFired(alerts: Alerts, key: string, now: number): number[] {
  const fired = episodes(alerts, key, now);
  return Array.from({ length: HOURS }, (_, i) => {
    const to = now - (HOURS - 1 - i) * HOUR_MS;
    const ms = fired.reduce((sum, alert) => sum + overlap(alert, to - HOUR_MS, to, now), 0);
    return Math.round((ms / HOUR_MS) * 1000) / 1000;
  });
}

/** How often it fired in the last days, and how often it would have with another limit, or if it had to last for another time. */
export function tested(
  alerts: Alerts,
  { org, rule }: Pick<Alert, 'org' | 'rule'>,
  now: number,
  { limit, forSeconds }: { readonly limit?: number; readonly forSeconds?: number },
  forSecondsNow: number,
): AlertRuleTested {
  const fired = episodes(alerts, alertKey({ org, rule }), now);
  const wouldHave = fired.filter(
    (alert) => passes(alert, limit) && lasted(alert, now) >= (forSeconds === undefined ? 0 : forSeconds * 1000),
  );
  const isLooser = limit !== undefined && fired.some(({ finding }) => isInside(finding, limit));
  const isShorter = forSeconds !== undefined && forSeconds < forSecondsNow;
  return {
    rule,
    days: RESOLVED_KEPT_MS / (24 * HOUR_MS),
    fired: fired.length,
    wouldHaveFired: wouldHave.length,
    isAtLeast: isLooser || isShorter || (limit !== undefined && fired.length === 0) || fired.length >= RESOLVED_KEPT,
  };
}

export function timesFired(alerts: Alerts, key: string, now: number): number {
  return episodes(alerts, key, now).length;
}

/** The alerts that fired, as far back as they are kept. */
function episodes(alerts: Alerts, key: string, now: number): Alert[] {
  const kept = alerts.resolvedOf(key).filter(({ resolvedAt = 0 }) => resolvedAt + RESOLVED_KEPT_MS > now);
  const open = alerts.open.get(key);
  return open?.state === 'firing' ? [...kept, open] : kept;
}

function overlap({ firingSince = 0, resolvedAt }: Alert, from: number, to: number, now: number): number {
  return Math.max(0, Math.min(resolvedAt ?? now, to) - Math.max(firingSince, from));
}

function lasted({ since, resolvedAt }: Alert, now: number): number {
  return (resolvedAt ?? now) - since;
}

function passes({ peak, finding }: Alert, limit: number | undefined): boolean {
  if (limit === undefined) return true;
  return firesBelow(finding) ? peak <= limit : peak >= limit;
}

/** Whether such a limit is passed earlier than the one that the alert has. */
function isInside(finding: Alert['finding'], limit: number): boolean {
  return firesBelow(finding) ? limit > finding.limit : limit < finding.limit;
}

// What people read of an alert: what is wrong, since when, how far past which limit, what changed, the likely cause and one next action.

import { ALERT_RULES, type AlertRule, type Notification, runbookOf, type Subject } from '@agentcom/schemas';
import { iso } from '../iso.js';
import { type Alert, alertKey, type Finding } from './alert.js';
import type { AlertEvent } from './events.js';
import { nextFor } from './next.js';
import { isRule } from './terms.js';

/** Subjects that are linked. */
const NAMED = 3;

/** `alert` is as the event found it. */
export function notificationOf(
  alert: Alert,
  { notification: id, reason, escalation }: Extract<AlertEvent, { readonly type: 'alert.told' }>,
  at: number,
): Notification {
  const { rule, org, severity, finding, since } = alert;
  const isClosed = reason === 'resolved';
  const title = `${rule}: ${firstSentence(finding.why)}`;
  const known: AlertRule | undefined = isRule(rule) ? ALERT_RULES[rule] : undefined;
  return {
    id,
    group: `alert:${alertKey(alert).replace('/', ':')}`,
    org,
    kind: 'alert',
    state: isClosed ? 'closed' : 'open',
    severity,
    rule,
    since,
    at,
    title: isClosed ? `Resolved: ${title}` : title,
    text: isClosed ? `It lasted ${duration(at - since)}, until ${minuteOf(at)}.` : text(alert, known?.meaning),
    ...(!isClosed &&
      known !== undefined && { next: `${nextFor(known.next, finding.subjects)} Runbook: ${runbookOf(rule)}` }),
    links: [{ name: 'Alert', path: `/alerts/${alert.id}` }, ...finding.subjects.slice(0, NAMED).flatMap(linkTo)],
    subjects: finding.subjects,
    count: finding.count,
    escalation,
  };
}

function text({ finding, since, told }: Alert, meaning: string | undefined): string {
  const { why, count } = finding;
  const change = told !== undefined && told.count !== count ? `It was ${told.count}, it is ${count} now.` : undefined;
  const sentences = [meaning, `${measured(finding)}, since ${minuteOf(since)}.`, change, why];
  return sentences.filter((one) => one !== undefined && one !== '').join(' ');
}

/** Such as `Measured 14 min, the limit is 10 min`. */
function measured({ value, limit, unit }: Finding): string {
  return `Measured ${amount(value, unit)}, the limit is ${amount(limit, unit)}`;
}

/** Such as `2026-01-31 12:00 UTC`. */
function minuteOf(ms: number): string {
  return `${iso(ms).slice(0, 16).replace('T', ' ')} UTC`;
}

/** Without its full stop. */
function firstSentence(text: string): string {
  return /^.*?(?=\.(?:\s|$))/s.exec(text)?.[0] ?? text;
}

function linkTo({ kind, id, name }: Subject): { readonly name: string; readonly path: string }[] {
  if (kind === 'task') return [{ name, path: `/tasks/${encodeURIComponent(id)}` }];
  if (kind === 'agent') return [{ name, path: `/agents/${encodeURIComponent(id)}` }];
  return [];
}

function amount(value: number, unit: Finding['unit']): string {
  switch (unit) {
    case 'ms':
      return duration(value);
    case 'seconds':
      return duration(value * 1000);
    case 'percent':
      return `${round(value)} %`;
    case 'bytes':
      return bytes(value);
    default:
      return String(round(value));
  }
}

const TIMES = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const;

function duration(ms: number): string {
  for (const [size, unit] of TIMES) if (ms >= size) return `${round(ms / size)} ${unit}`;
  return `${Math.round(ms)} ms`;
}

const SIZES = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

function bytes(value: number): string {
  let size = value;
  let i = 0;
  for (; size >= 1024 && i < SIZES.length - 1; i++) size /= 1024;
  return `${round(size)} ${SIZES[i]}`;
}

/** To one decimal. */
function round(value: number): number {
  return Math.round(value * 10) / 10;
}

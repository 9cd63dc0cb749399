// Alerts as people read them.

import type { AlertView } from '@agentcom/schemas';
import { fields } from './layout.js';
import type { Colours, Output } from './output.js';
import { bytes, duration, oneLine, printable, when } from './text.js';

const ORDER = ['page', 'warn', 'info'];

/** The most urgent first, and of those the oldest. */
export function bySeverity(alerts: readonly AlertView[]): AlertView[] {
  return alerts.toSorted(
    (a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) || Date.parse(a.since) - Date.parse(b.since),
  );
}

export function severityColour(colours: Colours, { severity, state }: AlertView): (text: string) => string {
  if (state === 'resolved') return colours.dim;
  return severity === 'page' ? colours.red : severity === 'warn' ? colours.yellow : String;
}

/** In one word, what matters most about it. */
export function statusText({ state, mutedBy, silenced, acknowledged }: AlertView): string {
  if (state !== 'firing') return state;
  if (silenced !== undefined) return 'silenced';
  if (mutedBy !== undefined) return 'muted';
  return acknowledged === undefined ? 'firing' : 'acknowledged';
}

export function alertText(out: Output, alert: AlertView, now: number): string {
  const {
    rule,
    severity,
    org,
    since,
    resolvedAt,
    acknowledged,
    mutedBy,
    silenced,
    noise,
    toldAt,
    escalation = 0,
  } = alert;
  const told =
    toldAt === undefined ? undefined : `${when(toldAt, now)}${escalation > 0 ? `, escalated ${escalation}×` : ''}`;
  const pairs = [
    ['alert', alert.id],
    ['rule', rule],
    ['severity', severityColour(out.colours, alert)(severity)],
    ['state', statusText(alert)],
    ['organisation', org],
    ['since', when(since, now)],
    ['resolved', resolvedAt && when(resolvedAt, now)],
    ['measured', `${amountText(alert.value, alert)}, the limit is ${amountText(alert.limit, alert)}`],
    ['about', subjectsText(alert)],
    ['why', printable(alert.why)],
    ['next', alert.next],
    ['runbook', alert.runbook],
    ['told', told],
    ['acknowledged', acknowledged && doneText(acknowledged, acknowledged.note, now)],
    ['silenced by', silenced && `${silenced} (\`agentcom silence list\`)`],
    ['muted by', mutedBy],
    ['noise', noise && `${noise.reason}, ${doneText(noise, noise.note, now)}`],
    ['last 24 h', historyText(alert.history)],
  ] as const;
  return fields(out, pairs);
}

function doneText(
  { by, at }: { readonly by: string; readonly at: string },
  note: string | undefined,
  now: number,
): string {
  return `by ${oneLine(by)}, ${when(at, now)}${note === undefined ? '' : `: ${oneLine(note)}`}`;
}

function subjectsText({ subjects, count }: AlertView): string | undefined {
  if (subjects.length === 0) return undefined;
  const lines = subjects.map(({ kind, id, name }) => oneLine(`${kind} ${name}${name === id ? '' : ` (${id})`}`));
  return [...lines, ...(count > subjects.length ? [`and ${count - subjects.length} more`] : [])].join('\n');
}

/** A block an hour, the fuller the longer the rule fired in it. */
function historyText(history: readonly number[]): string {
  return history.map((share) => (share === 0 ? '·' : (BLOCKS[Math.ceil(share * BLOCKS.length) - 1] ?? '█'))).join('');
}
const BLOCKS = [...'▁▂▃▄▅▆▇█'];

function amountText(value: number, { unit }: AlertView): string {
  switch (unit) {
    case 'ms':
      return duration(value);
    case 'seconds':
      return duration(value * 1000);
    case 'bytes':
      return bytes(value);
    case 'percent':
      return `${value} %`;
    default:
      return String(value);
  }
}

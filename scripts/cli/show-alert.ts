// Alerts as people read them.

import type { AlertView } from '@agentcom/schemas';
import { nameOfCaller } from './callers.js';
import type { Invocation } from './invocation.js';
import { fields } from './layout.js';
import type { Colours } from './output.js';
import { ago, oneLine, printable, when } from './text.js';

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
export function statusText({ state, mutedBy, silenced, acknowledged, clearing }: AlertView): string {
  if (state !== 'firing') return state;
  if (clearing !== undefined) return 'clearing';
  if (silenced !== undefined) return 'silenced';
  if (mutedBy !== undefined) return 'muted';
  return acknowledged === undefined ? 'firing' : 'acknowledged';
}

/** Of one that is clearing nothing of it is found any more, so what it says is past. */
export function whyText({ why, clearing, outcome }: AlertView, now: number): string {
  if (outcome !== undefined) return outcome;
  return clearing === undefined ? why : `no longer so; resolves ${ago(clearing.endsAt, now)}. Last found: ${why}`;
}

export function alertText(invocation: Invocation, alert: AlertView, now: number): string {
  const { out } = invocation;
  const {
    rule,
    state,
    clearing,
    outcome,
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
    [
      'clearing',
      clearing &&
        `not found since ${when(clearing.since, now)}; resolves ${ago(clearing.endsAt, now)} unless it is again`,
    ],
    ['resolved', resolvedAt && when(resolvedAt, now)],
    ['outcome', outcome && printable(outcome)],
    ['about', subjectsText(alert)],
    [clearing === undefined && state !== 'resolved' ? 'why' : 'last found', printable(alert.why)],
    ['next', alert.next],
    ['runbook', `${invocation.world.self} explain ${rule}`],
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
  done: { readonly by: string; readonly byName?: string; readonly at: string },
  note: string | undefined,
  now: number,
): string {
  return `by ${oneLine(nameOfCaller(done))}, ${when(done.at, now)}${note === undefined ? '' : `: ${oneLine(note)}`}`;
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

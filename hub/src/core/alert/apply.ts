// Alerts and silences, as their events leave them.

import { ImpossibleEvent } from '../event-errors.js';
import type { ApplyTable, State } from '../state.js';
import { type Alert, alertKey, firesBelow, rankOf, worse } from './alert.js';
import type { AlertEvent } from './events.js';
import type { Silence } from './silence.js';
import { nextTelling, toldOf } from './telling.js';

type OfAlert = Extract<AlertEvent, { readonly alert: string }>;
type Changing = Exclude<OfAlert, { readonly type: 'alert.pending' | 'alert.dropped' }>;

/** The alert after an event of it; it stays as it is itself. */
export function alertAfter(alert: Alert, event: Changing, at: number): Alert {
  switch (event.type) {
    case 'alert.firing':
      return { ...alert, state: 'firing', firingSince: at, raisedAt: at };
    case 'alert.changed':
      return changed(alert, event, at);
    case 'alert.eased':
      return withOptional(alert, 'easing', event.easing);
    case 'alert.resolved':
      return resolved(alert, event, at);
    case 'alert.muted':
      return withOptional(withOptional(alert, 'mutedBy', event.by), 'mutedThrough', event.through);
    case 'alert.silenced':
      return withOptional(alert, 'silenced', event.silence);
    case 'alert.acknowledged': {
      const { by, note } = event;
      return { ...alert, acknowledged: { by, at, ...(note !== undefined && { note }) } };
    }
    case 'alert.noise_marked': {
      const { by, reason, note } = event;
      return { ...alert, noise: { by, at, reason, ...(note !== undefined && { note }) } };
    }
    case 'alert.told':
      return { ...alert, told: toldOf(alert, at, event.reason, event.escalation) };
  }
}

/** The alert that a rule's first finding begins. */
export function pendingAlert(event: Extract<OfAlert, { readonly type: 'alert.pending' }>, at: number): Alert {
  const { type: _type, alert: id, org, rule, severity, since = at, ...finding } = event;
  return {
    id,
    org,
    rule,
    severity,
    finding,
    state: 'pending',
    peak: finding.value,
    since,
    changedAt: at,
    raisedAt: at,
  };
}

function changed(alert: Alert, event: Extract<OfAlert, { readonly type: 'alert.changed' }>, at: number): Alert {
  const { type: _type, alert: _alert, org: _org, severity, ...finding } = event;
  const rose = rankOf(severity) > rankOf(alert.severity);
  return {
    ...(severity === alert.severity ? alert : withOptional(alert, 'easing', undefined)),
    severity,
    finding,
    peak: worse(alert.peak, finding.value, firesBelow(finding)),
    changedAt: at,
    raisedAt: rose ? at : alert.raisedAt,
  };
}

function resolved(
  alert: Alert,
  { outcome }: Extract<AlertEvent, { readonly type: 'alert.resolved' }>,
  resolvedAt: number,
): Alert {
  const ended = { ...withOptional(alert, 'easing', undefined), state: 'resolved' as const, resolvedAt };
  return outcome === undefined ? ended : { ...ended, outcome };
}

/** Absent where `value` is undefined, so that equal alerts are equal in a snapshot too. */
function withOptional<K extends 'easing' | 'mutedBy' | 'mutedThrough' | 'silenced'>(
  alert: Alert,
  name: K,
  value: Alert[K] | undefined,
): Alert {
  const { [name]: _before, ...rest } = alert;
  return value === undefined ? (rest as Alert) : { ...(rest as Alert), [name]: value };
}

export const alertEvents: ApplyTable<AlertEvent> = {
  'alert.pending': (state, event, at) => putAlert(state, pendingAlert(event, at)),
  'alert.dropped': (state, { alert: id }) => {
    const alert = alertOf(state, id);
    forgetDeadline(state, alert);
    state.alerts.drop(alert);
  },
  'alert.firing': change,
  'alert.changed': change,
  'alert.eased': change,
  'alert.resolved': change,
  'alert.muted': change,
  'alert.silenced': change,
  'alert.acknowledged': change,
  'alert.noise_marked': (state, event, at) => {
    const { noise } = state.alerts;
    const key = alertKey(alertOf(state, event.alert));
    const counts = noise.get(key) ?? {};
    noise.set(key, { ...counts, [event.reason]: (counts[event.reason] ?? 0) + 1 });
    change(state, event, at);
  },
  'alert.told': change,
  'silence.created': (state, event, createdAt) => {
    const { type: _type, silence: id, ...given } = event;
    putSilence(state, { id, createdAt, ...given });
  },
  'silence.ended': (state, { silence: id }) => {
    const silence = state.alerts.silences.get(id);
    if (silence === undefined) throw new ImpossibleEvent(`an event of the unknown silence ${id}`);
    state.deadlines.clear('silence', id, silence.endsAt);
    state.alerts.silences.delete(id);
  },
};

function change(state: State, event: Changing, at: number): void {
  putAlert(state, alertAfter(alertOf(state, event.alert), event, at));
}

function alertOf(state: State, id: string): Alert {
  const alert = state.alerts.byId.get(id);
  if (alert === undefined) throw new ImpossibleEvent(`an event of the unknown alert ${id}`);
  return alert;
}

export function putAlert(state: State, alert: Alert): void {
  const before = state.alerts.byId.get(alert.id);
  if (before !== undefined) forgetDeadline(state, before);
  state.alerts.put(alert);
  const next = nextTelling(alert);
  if (next !== undefined) state.deadlines.set('alert', alert.id, next.at);
}

export function putSilence(state: State, silence: Silence): void {
  state.alerts.silences.set(silence.id, silence);
  state.deadlines.set('silence', silence.id, silence.endsAt);
}

/** Time that passed on the clock alone does not count for `for` and `keepFiringFor`. */
export function skipTime(state: State, forwardMs: number): void {
  for (const alert of [...state.alerts.open.values()]) {
    const { easing } = alert;
    if (alert.state === 'pending') putAlert(state, { ...alert, since: alert.since + forwardMs });
    else if (easing !== undefined)
      putAlert(state, { ...alert, easing: { ...easing, since: easing.since + forwardMs } });
  }
}

function forgetDeadline(state: State, alert: Alert): void {
  const next = nextTelling(alert);
  if (next !== undefined) state.deadlines.clear('alert', alert.id, next.at);
}

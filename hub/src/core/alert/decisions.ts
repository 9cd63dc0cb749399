// What is decided about alerts: evaluations, acknowledgements, noise marks, silences, and whom to tell when.

import type { Subject } from '@agentcom/schemas';
import { agentKey } from '../agent/agent.js';
import type { Decision, DecisionTable } from '../decision.js';
import { raise } from '../notify/raise.js';
import { Refusal } from '../refusal.js';
import type { State } from '../state.js';
import type { Alert } from './alert.js';
import type { AlertCommands } from './commands.js';
import { evaluate, on, silencing } from './evaluate.js';
import type { AlertEvent, TellReason } from './events.js';
import { notificationOf } from './notification.js';
import { outcomeOf } from './outcome.js';
import { type LabelsOf, matches } from './silence.js';
import { escalationAfter, nextTelling } from './telling.js';
import { journaledTermsOf } from './terms.js';

export const alertDecisions: DecisionTable<keyof AlertCommands> = {
  'alerts.evaluate': (decision, { conditions }) => {
    const { state, config, now, inputs } = decision;
    const { events, more } = evaluate(state.alerts.open, state.alerts.silences.values(), conditions, {
      now,
      termsOf: (rule) => journaledTermsOf(config, rule),
      isGone: (subject, org) => isGone(state, subject, org),
      labelsOf: labelsIn(state),
      outcomeOf: (alert) => outcomeOf(state, alert),
      newId: inputs.newId,
    });
    for (const event of events) emit(decision, event);
    return { more };
  },

  'alert.acknowledge': (decision, command) => {
    const alert = alertOf(decision, command);
    if (alert instanceof Refusal) return alert;
    if (alert.state === 'resolved') return resolved();
    const { by, note } = command;
    const before = alert.acknowledged;
    if (before?.by === by && before.note === note) return {};
    emit(decision, { type: 'alert.acknowledged', ...on(alert), by, ...(note !== undefined && { note }) });
    return {};
  },

  'alert.mark_noise': (decision, command) => {
    const alert = alertOf(decision, command);
    if (alert instanceof Refusal) return alert;
    const { by, reason, note } = command;
    // Marked once: it is counted.
    if (alert.noise !== undefined) return {};
    emit(decision, { type: 'alert.noise_marked', ...on(alert), by, reason, ...(note !== undefined && { note }) });
    return {};
  },

  'silence.create': (decision, { org, ofHub, by, matchers, reason, ttlMs, untilResolved }) => {
    const { state, now, inputs } = decision;
    const { silences } = state.alerts;
    if ([...silences.values()].filter((one) => one.org === org).length >= SILENCES_MAX)
      return new Refusal('silence.too_many', `there are already ${SILENCES_MAX} silences; remove some`);
    const open = [...state.alerts.open.values()];
    const wanted = { org, ofHub, matchers };
    if (untilResolved && !open.some((alert) => matches(wanted, alert, labelsIn(state))))
      return new Refusal('silence.matches_nothing', 'no open alert matches, so the silence would end at once');
    const id = inputs.newId();
    const terms = { endsAt: now + ttlMs, untilResolved };
    emit(decision, { type: 'silence.created', silence: id, org, ofHub, matchers, reason, by, ...terms });
    applySilences(decision);
    return { silence: id };
  },

  'silence.remove': (decision, { org, ofHub, by, silence: id }) => {
    const silence = decision.state.alerts.silences.get(id);
    if (silence === undefined || silence.org !== org || (silence.ofHub && !ofHub))
      return new Refusal('silence.not_found', `silence ${id} not found`);
    emit(decision, { type: 'silence.ended', silence: id, org, cause: 'removed', by });
    applySilences(decision);
    return {};
  },
};

/** Of one organisation. */
const SILENCES_MAX = 500;

/** Tells people of the alert if that is due. */
export function fireAlert(decision: Decision, id: string): void {
  const alert = decision.state.alerts.byId.get(id);
  const next = alert === undefined ? undefined : nextTelling(alert);
  if (alert === undefined || next === undefined || next.at > decision.now) return;
  tell(decision, alert, next.reason);
}

export function expireSilence(decision: Decision, id: string): void {
  const silence = decision.state.alerts.silences.get(id);
  if (silence === undefined) return;
  emit(decision, { type: 'silence.ended', silence: id, org: silence.org, cause: 'expired' });
  applySilences(decision);
}

/** What silences make of the alerts that fire, after one came or went. */
function applySilences(decision: Decision): void {
  const { alerts } = decision.state;
  for (const alert of [...alerts.open.values()]) {
    if (alert.state !== 'firing') continue;
    const event = silencing(alert, alerts.silences.values(), labelsIn(decision.state));
    if (event !== undefined) emit(decision, event);
  }
}

function tell(decision: Decision, alert: Alert, reason: TellReason): void {
  const notification = decision.inputs.newId();
  emit(decision, {
    type: 'alert.told',
    ...on(alert),
    notification,
    reason,
    escalation: escalationAfter(alert, reason),
  });
}

/** What people are told goes out with the decision. */
function emit(decision: Decision, event: AlertEvent): void {
  const alert = event.type === 'alert.told' ? decision.state.alerts.byId.get(event.alert) : undefined;
  decision.emit(event);
  if (event.type === 'alert.told' && alert !== undefined) raise(decision, notificationOf(alert, event, decision.now));
}

function alertOf(
  { state }: Decision,
  { org, ofHub, alert: id }: { readonly org: string; readonly ofHub: boolean; readonly alert: string },
): Alert | Refusal {
  const alert = state.alerts.byId.get(id);
  const isSeen = alert !== undefined && (alert.org === undefined ? ofHub : alert.org === org);
  return isSeen ? alert : new Refusal('alert.not_found', `alert ${id} not found`);
}

function resolved(): Refusal {
  return new Refusal('alert.already_resolved', 'the alert is resolved already');
}

/** Whether what an alert is about was deleted. */
function isGone(state: State, { kind, id }: Subject, org: string | undefined): boolean {
  if (kind === 'task') return !state.tasks.has(id);
  if (kind === 'agent') return org !== undefined && !state.agents.has(agentKey(org, id));
  return false;
}

function labelsIn(state: State): LabelsOf {
  return ({ kind, id }) => (kind === 'task' ? state.tasks.get(id)?.spec.labels : undefined);
}

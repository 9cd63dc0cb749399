// Alerts that cannot wait for an append or a leader: the hub that sees one keeps it in its memory and tells people itself, once when it fires
// and once when it is over. In the journal they are like others, as far as they come to be there, but nobody is told of them from it.

import type { Notification } from '@agentcom/schemas';
import type { State } from '../state.js';
import { type Alert, alertKey } from './alert.js';
import { alertAfter, pendingAlert } from './apply.js';
import type { Condition } from './condition.js';
import { evaluate, on } from './evaluate.js';
import type { AlertEvent } from './events.js';
import { notificationOf } from './notification.js';
import { termsOf } from './terms.js';

export interface DirectStep {
  /** By `alertKey`. */
  readonly open: ReadonlyMap<string, Alert>;
  /** What people are to be told, in this order. */
  readonly tell: readonly Notification[];
}

/** `before` are those that were open, `conditions` what is found now. Of `state` config and silences count. */
export function stepDirect(
  before: ReadonlyMap<string, Alert>,
  conditions: readonly Condition[],
  { config, alerts }: State,
  now: number,
  newId: () => string,
): DirectStep {
  const { events } = evaluate(before, alerts.silences.values(), conditions, {
    now,
    termsOf: (rule) => termsOf(config.values, rule),
    isGone: () => false,
    labelsOf: () => undefined,
    outcomeOf: () => undefined,
    newId,
  });
  const step = new Step(before, now);
  for (const event of events) step.take(event);
  for (const alert of step.untold())
    step.take({ type: 'alert.told', ...on(alert), notification: newId(), reason: 'fired', escalation: 0 });
  return { open: step.open(), tell: step.tell };
}

/** Those that fire, as the next evaluation of all rules finds them: so they come into the journal once it can be written. */
export function directlyFound(open: ReadonlyMap<string, Alert>): Condition[] {
  return [...open.values()]
    .filter(({ state }) => state === 'firing')
    .map(({ rule, org, severity, finding, since, easing }) => ({
      ...finding,
      rule,
      org,
      severity,
      direct: { since, ...(easing !== undefined && { easing }) },
    }));
}

class Step {
  readonly tell: Notification[] = [];
  readonly #byId: Map<string, Alert>;
  readonly #now: number;

  constructor(before: ReadonlyMap<string, Alert>, now: number) {
    this.#byId = new Map([...before.values()].map((alert) => [alert.id, alert]));
    this.#now = now;
  }

  take(event: AlertEvent): void {
    if (!('alert' in event)) return;
    if (event.type === 'alert.pending') return void this.#byId.set(event.alert, pendingAlert(event, this.#now));
    if (event.type === 'alert.dropped') return void this.#byId.delete(event.alert);
    const alert = this.#byId.get(event.alert);
    if (alert === undefined) return;
    if (event.type === 'alert.told') this.tell.push(notificationOf(alert, event, this.#now));
    this.#byId.set(alert.id, alertAfter(alert, event, this.#now));
  }

  /** One that is easing is not news any more. */
  untold(): Alert[] {
    return [...this.#byId.values()].filter(
      ({ state, told, mutedBy, silenced, easing }) =>
        state === 'firing' && [told, mutedBy, silenced, easing].every((one) => one === undefined),
    );
  }

  open(): Map<string, Alert> {
    const open = [...this.#byId.values()].filter(({ state }) => state !== 'resolved');
    return new Map(open.map((alert) => [alertKey(alert), alert]));
  }
}

// What the rules of a simulated hub find: one thing all the time, and others that come and go.

import type { Condition } from '@agentcom/hub/core/alert/condition';
import type { Event } from '@agentcom/hub/core/events';
import { BrokenPromise } from './broken-promise.js';
import { alertTold } from './promises.js';
import { ORG } from './settings.js';

/** It is so from the beginning to the end, however often the leader changes. */
export const ALWAYS = 'AgentOffline';

const found = { org: ORG, value: 2, limit: 1, subjects: [], count: 1, why: 'it is simulated' } as const;

/** `at` is the true time, ms. */
export function conditionsAt(at: number): readonly Condition[] {
  const isOn = (period: number, share: number): boolean => at % period < period * share;
  return [
    { ...found, rule: ALWAYS, severity: 'warn' },
    ...(isOn(21_000, 0.5) ? [{ ...found, rule: 'TaskStuck', severity: 'warn' } as const] : []),
    ...(isOn(90_000, 0.6) ? [{ ...found, rule: 'AgentsLost', severity: 'page' } as const] : []),
    ...(isOn(50_000, 0.8)
      ? [{ ...found, rule: 'QueueWaitHigh', severity: isOn(7_000, 0.5) ? 'page' : 'warn' } as const]
      : []),
  ];
}

/** An alert as its events tell it. */
export interface AlertLife {
  readonly rule: string;
  readonly since: number;
  isOpen: boolean;
  /** Why people were told, in order. */
  readonly told: string[];
  toldAt: number;
}

/** What the journal says of alerts. */
export class AlertLedger {
  readonly #lives = new Map<string, AlertLife>();

  happened(event: Event, at: number): void {
    if (event.type === 'alert.pending') return this.#begins(event.alert, event.rule, at);
    if (!event.type.startsWith('alert.') || !('alert' in event)) return;
    const life = this.#lives.get(event.alert);
    if (life === undefined) throw new Error(`${event.type} of an alert that never began: ${event.alert}`);
    if (event.type === 'alert.dropped' || event.type === 'alert.resolved') {
      if (life.rule === ALWAYS) throw new BrokenPromise('alerts', `${life.rule} is over, and it is so all the time`);
      life.isOpen = false;
    }
    if (event.type === 'alert.firing' && at - life.since < FOR_MS[life.rule as keyof typeof FOR_MS])
      throw new BrokenPromise('alerts', `${life.rule} fires after ${at - life.since} ms`);
    if (event.type === 'alert.told') {
      alertTold(life, event.reason, at);
      life.told.push(event.reason);
      life.toldAt = at;
    }
  }

  #begins(alert: string, rule: string, since: number): void {
    for (const life of this.#lives.values()) {
      if (life.rule === rule && life.isOpen) throw new BrokenPromise('alerts', `${rule} begins while it is there`);
    }
    this.#lives.set(alert, { rule, since, isOpen: true, told: [], toldAt: 0 });
  }
}

/** As the config has them. */
const FOR_MS = { [ALWAYS]: 20_000, TaskStuck: 0, AgentsLost: 10_000, QueueWaitHigh: 0 };

// Which alerts want somebody now: those that fire, and that nobody has taken on, silenced or explained.

import type { AlertRuleName } from '@agentcom/schemas';
import type { Alert } from './alert.js';

/** It always fires, for whoever watches that something does; people are told nothing of it. */
export const WATCHDOG: AlertRuleName = 'Watchdog';

export function isFiring({ state, rule }: Pick<Alert, 'state' | 'rule'>): boolean {
  return state === 'firing' && rule !== WATCHDOG;
}

export function wantsAttention(
  alert: Pick<Alert, 'state' | 'rule' | 'acknowledged' | 'silenced' | 'mutedBy'>,
): boolean {
  const { acknowledged, silenced, mutedBy } = alert;
  return isFiring(alert) && [acknowledged, silenced, mutedBy].every((one) => one === undefined);
}

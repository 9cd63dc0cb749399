// Puts a notification among those that wait for the outbox, where somebody is to be told.

import { LIMITS, type Notification, SEVERITIES } from '@agentcom/schemas';
import type { Decision } from '../decision.js';
import type { State } from '../state.js';
import { targetsOf } from './targets.js';

/** Does nothing where no channel and no browser is to be told. The newest of a group takes the place of the one that waits. */
export function raise(decision: Decision, notification: Notification): void {
  if (targetsOf(decision.state, notification).length === 0) return;
  const drops = dropsFor(decision.state, notification);
  if (drops === undefined) return;
  decision.emit({ type: 'notification.raised', notification, ...(drops.length > 0 && { drops }) });
}

/**
 * At the bound the organisation gives way of which most wait, so that a flood of one pushes out nothing of another: the oldest of its least
 * severe. Pages give way when nothing else is left. Undefined where that is the new one itself.
 */
function dropsFor({ notify: { pending, pendingOf } }: State, raised: Notification): string[] | undefined {
  if (pending.size < LIMITS.pendingNotifications || pendingOf.has(raised.group)) return [];
  const all = [...pending.values(), raised];
  const minor = all.filter(({ severity }) => severity !== 'page');
  const own = ofLargest(minor.length > 0 ? minor : all);
  const least = own.reduce((left, right) => (rank(right) > rank(left) ? right : left));
  return least === raised ? undefined : [least.id];
}

/** Those of the organisation that has most of them; the hub's own count as one. */
function ofLargest(all: readonly Notification[]): Notification[] {
  const byOrg = new Map<string | undefined, Notification[]>();
  for (const one of all) {
    const own = byOrg.get(one.org);
    if (own === undefined) byOrg.set(one.org, [one]);
    else own.push(one);
  }
  return [...byOrg.values()].reduce((largest, own) => (own.length > largest.length ? own : largest));
}

function rank({ severity }: Notification): number {
  return SEVERITIES.indexOf(severity);
}

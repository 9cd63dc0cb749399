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

/** At the bound the oldest of the least severe gives way, but never to something less severe: that is undefined. */
function dropsFor({ notify: { pending, pendingOf } }: State, { group, severity }: Notification): string[] | undefined {
  if (pending.size < LIMITS.pendingNotifications || pendingOf.has(group)) return [];
  for (const least of SEVERITIES.slice(SEVERITIES.indexOf(severity)).reverse()) {
    for (const one of pending.values()) if (one.severity === least) return [one.id];
  }
  return undefined;
}

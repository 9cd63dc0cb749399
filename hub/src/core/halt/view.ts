// Halts as the outside sees them.

import type { HaltReach as HaltReachView, HaltView } from '@agentcom/schemas';
import { iso } from '../iso.js';
import type { Halt } from './halt.js';
import type { HaltReach } from './reach.js';

/** Who halted is told to their own organisation only. */
export function haltView({ id, scope, strength, reason, by, since, until, owner }: Halt, org: string): HaltView {
  return {
    id,
    scope,
    strength,
    reason,
    by: owner === org ? by : 'hub',
    since: iso(since),
    ...(until !== undefined && { until: iso(until) }),
  };
}

export function reachView({ running, pending, isKnown }: HaltReach): HaltReachView {
  return { running, ...(pending !== undefined && { pending }), ...(!isKnown && { unknown: true as const }) };
}

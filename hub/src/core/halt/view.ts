// Halts as the outside sees them.

import type { HaltView } from '@agentcom/schemas';
import { iso } from '../iso.js';
import type { Halt } from './halt.js';

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

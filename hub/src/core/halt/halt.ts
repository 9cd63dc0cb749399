// A halt: what it is about is offered no new work, and if it is strong enough, what runs of it is stopped. Of several that fit, each holds back
// on its own, so the end of one leaves the others in force.

import type { HaltKind, HaltStrength } from '@agentcom/schemas';

export interface HaltScope {
  readonly kind: HaltKind;
  /** An organisation, a pattern of addresses, a runner, `name=value`, or an agent; absent for the fleet. */
  readonly value?: string;
}

export interface Halt {
  readonly id: string;
  readonly scope: HaltScope;
  /** Whose work it holds back; undefined: everybody's. */
  readonly org: string | undefined;
  /** The organisation of whoever halted: nobody else ends it. */
  readonly owner: string;
  readonly strength: HaltStrength;
  reason: string;
  by: string;
  readonly since: number;
  /** When it ends by itself, wall time in ms. */
  until?: number | undefined;
}

/** Whether an organisation may know of it: it has set it, or its own work is held back. */
export function isSeenBy({ owner, org }: Halt, who: string): boolean {
  return owner === who || org === undefined || org === who;
}

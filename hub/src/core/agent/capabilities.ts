// What an agent offers. Some names are not for the machine itself to claim: `agent:NAME` belongs to the agent of that name alone and comes
// from the hub, and what begins with `granted:` only an invitation gives.

import { isReservedCapability } from '@agentcom/schemas';

/** Of a need that one agent meets by its name. */
export const AGENT_PREFIX = 'agent:';

/** `dedicated:NAME`: an agent that takes only tasks that need NAME. */
export const DEDICATED_PREFIX = 'dedicated:';

/** What the invitation gave it, and what its sidecar found and may say of itself. Sorted, each once. */
export function allCapabilities(granted: readonly string[], found: readonly string[]): string[] {
  return [...new Set([...granted, ...found.filter((name) => !isReservedCapability(name))])].sort();
}

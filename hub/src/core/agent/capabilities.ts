// What an agent offers. Some names are not for the machine itself to claim: `agent:NAME` belongs to the agent of that name alone and comes
// from the hub, and what begins with `granted:` only an invitation gives.

import { isReservedCapability, type RunnerKind } from '@agentcom/schemas';

/** Of a need that one agent meets by its name. */
export const AGENT_PREFIX = 'agent:';

/** `dedicated:NAME`: an agent that takes only tasks that need NAME. */
export const DEDICATED_PREFIX = 'dedicated:';

/** How a capability names a runner. */
export const RUNNER_PREFIX = 'runner:';

/**
 * What the invitation gave it, and what its sidecar found and may say of itself, without runners beyond those that the invitation binds it to.
 * Sorted, each once.
 */
export function allCapabilities(
  granted: readonly string[],
  found: readonly string[],
  runners: readonly RunnerKind[] | undefined,
): string[] {
  const isBeyond = (name: string) =>
    name.startsWith(RUNNER_PREFIX) && runners?.some((kind) => name === RUNNER_PREFIX + kind) === false;
  const all = [...granted, ...found.filter((name) => !isReservedCapability(name))];
  return [...new Set(all.filter((name) => !isBeyond(name)))].sort();
}

// Whether the clock of this machine is the hub's: whatever is said to have been some minutes ago is read off both.

import type { HubClient } from './client.js';
import type { Invocation } from './invocation.js';
import { checkClock } from './join/hub-checks.js';
import type { World } from './world.js';

const TIMEOUT_MS = 5_000;

/** The answer of the hub's health probe, and what is wrong with the clocks, if anything. */
export async function probeHealth(
  client: HubClient,
  { now }: World,
): Promise<{ readonly body: unknown; readonly clock?: string }> {
  const askedAt = now();
  const { body, date } = await client.probe('health', TIMEOUT_MS);
  const clock = date === undefined ? undefined : checkClock(Date.parse(date), askedAt, now());
  if (clock === undefined || clock.state === 'pass') return { body };
  return { body, clock: `the clock of this machine ${clock.detail}` };
}

/** Beside an answer with times in it, for people. */
export async function warnOfClock({ out, world }: Invocation, client: HubClient): Promise<void> {
  if (out.json) return;
  const { clock } = await probeHealth(client, world);
  if (clock !== undefined) out.warning(`${clock}: the times shown are off by as much`);
}

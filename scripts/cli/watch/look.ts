// How a hub looks from outside: whether it takes requests, and whether it still evaluates its alert rules.

import type { Health, Ready } from '@agentcom/schemas';
import type { HubClient } from '../client.js';
import { CommandError } from '../exit.js';
import { oneLine } from '../text.js';
import type { Seen } from './watching.js';

const TIMEOUT_MS = 10_000;
/** The hub evaluates every 15 s, or as its config says, which is a minute at most. */
const AGE_SECONDS_MAX = 90;

/** Of several hubs on one journal, one that leads is enough. */
export async function lookAt(clients: readonly HubClient[]): Promise<Seen> {
  const seen = await Promise.all(clients.map(lookAtOne));
  if (seen.some(({ up }) => up)) return { up: true };
  return { up: false, why: seen.flatMap((one) => (one.up ? [] : [one.why])).join('; ') };
}

async function lookAtOne(client: HubClient): Promise<Seen> {
  try {
    const ready = await client.probe('ready', TIMEOUT_MS);
    if (ready.status !== 200) return down(client, reasonsOf(ready.body) ?? `answers with ${ready.answer}`);
    const { body } = await client.probe('health', TIMEOUT_MS);
    const age = (body as Partial<Health> | undefined)?.alerting?.evaluatedAgeSeconds;
    if (age !== undefined && age > AGE_SECONDS_MAX)
      return down(client, `it has not evaluated its alert rules for ${Math.round(age)} s`);
    return { up: true };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { up: false, why: error.message };
  }
}

function down({ hub }: HubClient, why: string): Seen {
  return { up: false, why: `${hub}: ${why}` };
}

function reasonsOf(body: unknown): string | undefined {
  const reasons = (body as Partial<Ready> | undefined)?.reasons;
  if (!Array.isArray(reasons) || reasons.length === 0) return undefined;
  return reasons.map(({ message }) => oneLine(String(message))).join(', ');
}

// Work that the hub does in the background, followed to its end: how far it is on a terminal, through restarts of the hub.

import type { Operation } from '@agentcom/schemas';
import { allPages } from './all-pages.js';
import type { HubClient } from './client.js';
import { CommandError, EXIT, failed } from './exit.js';
import { OutageTolerance } from './follow.js';
import { FULL_ID, listedOne } from './ids.js';
import type { Invocation } from './invocation.js';
import { reportOutages } from './output-text.js';
import { withProgress } from './progress.js';

const LOOK_EVERY_MS = 500;

/** The operation once it has ended, however it did. */
export function endOf(
  invocation: Invocation,
  client: HubClient,
  what: string,
  begin: () => Promise<Operation>,
): Promise<Operation> {
  const { now, sleep } = invocation.world;
  return withProgress(invocation, what, async (say) => {
    let operation = await begin();
    const outage = new OutageTolerance({ now, onHub: reportOutages(invocation) });
    while (operation.endedAt === undefined) {
      say(progressText(what, operation));
      await sleep(LOOK_EVERY_MS);
      try {
        operation = await client.call('operation.show', { path: { id: operation.id } });
        outage.over();
      } catch (error) {
        outage.tolerate(error);
      }
    }
    return operation;
  });
}

/** The operation that is meant: its id, or a beginning or end of it that means one alone. */
export async function operationId(client: HubClient, given: string): Promise<string> {
  const id = given.toLowerCase();
  if (FULL_ID.test(id)) return id;
  return listedOne('operation', given, await allPages((page) => client.call('operation.list', { query: page }))).id;
}

/** Why it did not come to its end, and what to do about it. */
export async function failureOf(code: string, { state, failures }: Operation): Promise<CommandError> {
  if (state === 'stopped') return new CommandError(EXIT.cancelled, code, 'somebody stopped it');
  const { meaningsOf } = await import('@agentcom/schemas/explanations');
  return failed(code, failures.join('; ') || 'it failed', meaningsOf(code)[0]?.remedy);
}

function progressText(what: string, { state, done, total }: Operation): string {
  if (state === 'waiting') return `${what}: waiting for other work of the hub`;
  return total === undefined || total === 0 ? what : `${what}: ${Math.floor((100 * done) / total)} %`;
}

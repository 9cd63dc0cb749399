// Whether a task has had the attempt that somebody names.

import type { HubClient } from './client.js';
import { failed } from './exit.js';
import type { OutputRequest } from './task-output.js';

/** Fails where it has not. For when it seems to have printed nothing. */
export async function requireAttempt(client: HubClient, { id, generation }: OutputRequest): Promise<void> {
  if (generation === undefined) return;
  const { attempts, attemptsDropped } = await client.call('task.show', { path: { id } });
  const [first] = attempts;
  if (attempts.some((one) => one.generation === generation)) return;
  if (attemptsDropped > 0 && first !== undefined && generation < first.generation) return;
  const message = first === undefined ? 'no attempt has begun' : `there is no attempt ${generation}`;
  throw failed('attempt.not_found', message, `Its attempts are listed by: agentcom task show ${id}`);
}

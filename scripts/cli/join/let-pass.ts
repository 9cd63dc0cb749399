// The directories that a join makes are its user's alone. The user as whom the agent runs has to pass them, to its worktree.

import { dirname } from 'node:path';
import { makePassable } from '@agentcom/sidecar/host/user-access';
import { nearestExisting } from './machine-checks.js';
import { agentDirOf, type Plan } from './plan.js';

/** Looked at before the join: opens what it makes then, from the directory of the agent up to what was there, and nothing above. */
export async function passageTo(plan: Plan): Promise<(dir: string) => Promise<void>> {
  if (plan.settings.runner.user === undefined) return async () => undefined;
  const above = await nearestExisting(dirname(agentDirOf(plan)));
  return async (dir) => {
    for (let at = dir; at !== above && at !== dirname(at); at = dirname(at)) await makePassable(at);
  };
}

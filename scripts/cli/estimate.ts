// What a task may cost, said before it is submitted, and a question where that is more than somebody wants to spend unasked.

import type { Estimate, TaskSpec } from '@agentcom/schemas';
import { isAgreed } from './ask.js';
import type { HubClient } from './client.js';
import { CommandError, EXIT } from './exit.js';
import type { Invocation } from './invocation.js';
import { duration } from './text.js';
import { amount, money } from './usage-text.js';

/** Throws when nine of ten such tasks cost more than `above`, in millionths, or nobody knows, and nobody confirms it. */
export async function confirmCost(
  invocation: Invocation,
  client: HubClient,
  spec: TaskSpec,
  above: number,
): Promise<void> {
  const { out, world } = invocation;
  const estimate = await client.call('task.estimate', { body: spec });
  const { costMicros } = estimate.p90;
  if (costMicros !== undefined && costMicros <= above) {
    if (!out.json) out.note(estimateText(estimate));
    return;
  }
  const limit = money(above, estimate.p90.currency);
  const why = costMicros === undefined ? 'Nobody knows whether that is' : 'That may be';
  if (world.canAsk && !out.json) {
    out.note(estimateText(estimate));
    if (await isAgreed(world, `${why} more than ${limit}. Submit it?`)) return;
    throw new CommandError(EXIT.cancelled, 'submit.not_confirmed', 'nothing was submitted');
  }
  throw new CommandError(
    EXIT.failed,
    'submit.not_confirmed',
    `nothing was submitted: ${estimateText(estimate)} ${why} more than ${limit}.`,
    { remedy: 'Leave --confirm-above out, or give a higher amount.' },
  );
}

/** In sentences. */
export function estimateText({ n, like, unknownCost, median, p90 }: Estimate): string {
  if (n === 0) return 'No task like it has ended yet, so there is no estimate.';
  const tasks = `${amount(n)} earlier ${n === 1 ? 'task' : 'tasks'}`;
  const what = like.length === 0 ? 'of the organisation' : `with the same ${like.join(', ')}`;
  const unknown = unknownCost === 0 ? '' : `; the cost of ${amount(unknownCost)} is unknown`;
  const cost =
    median.costMicros === undefined || p90.costMicros === undefined
      ? undefined
      : `${money(median.costMicros, median.currency)} (median), ${money(p90.costMicros, p90.currency)} (p90)`;
  const seconds = median.seconds === undefined ? undefined : `${duration(median.seconds * 1000)} (median)`;
  const used = [cost, seconds].filter((part) => part !== undefined).join(', ');
  return `Estimate from ${tasks} ${what}: ${used === '' ? 'unknown' : used}${unknown}.`;
}

// Why a task is where it is, as people read it.

import type { Why, WhyReason } from '@agentcom/schemas';
import type { Invocation } from './invocation.js';
import { remedyOf } from './show-error.js';
import { stateColour } from './show-task.js';
import { ago, sentences } from './text.js';

/** With what to do about each. */
export async function whyText(invocation: Invocation, why: Why): Promise<string> {
  const { out } = invocation;
  const head = `Task ${why.task} is ${stateColour(out.colours, why.state)(why.state)}.`;
  const reasons = why.reasons.map(async (reason) => {
    const text = `  ${reason.code}  ${reasonText(invocation, reason)}`;
    const remedy = reason.failure === undefined ? undefined : await remedyOf(invocation, reason.failure, why.task);
    return remedy === undefined ? text : `${text}\n  What to do: ${remedy}`;
  });
  return [head, ...(await Promise.all(reasons))].join('\n');
}

export function reasonText(invocation: Invocation, { message, until }: WhyReason): string {
  const text = invocation.runnable(sentences(message));
  return `${text}${until === undefined ? '' : ` (${ago(until, invocation.world.now())})`}`;
}

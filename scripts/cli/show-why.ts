// Why a task is where it is, as people read it.

import type { Why, WhyReason } from '@agentcom/schemas';
import type { Invocation } from './invocation.js';
import { stateColour } from './show-task.js';
import { ago, sentences } from './text.js';

export function whyText(invocation: Invocation, why: Why): string {
  const { out } = invocation;
  const head = `Task ${why.task} is ${stateColour(out.colours, why.state)(why.state)}.`;
  return [head, ...why.reasons.map((reason) => `  ${reason.code}  ${reasonText(invocation, reason)}`)].join('\n');
}

export function reasonText(invocation: Invocation, { message, until }: WhyReason): string {
  const text = invocation.runnable(sentences(message));
  return `${text}${until === undefined ? '' : ` (${ago(until, invocation.world.now())})`}`;
}

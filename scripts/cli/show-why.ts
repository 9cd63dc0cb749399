// Why a task is where it is, as people read it.

import type { Why, WhyReason } from '@agentcom/schemas';
import type { Invocation } from './invocation.js';
import { stateColour } from './show-task.js';
import { ago, oneLine } from './text.js';

export function whyText({ out, world }: Invocation, why: Why): string {
  const now = world.now();
  const head = `Task ${why.task} is ${stateColour(out.colours, why.state)(why.state)}.`;
  return [head, ...why.reasons.map((reason) => `  ${reason.code}  ${reasonText(reason, now)}`)].join('\n');
}

export function reasonText({ message, until }: WhyReason, now: number): string {
  return `${oneLine(message)}${until === undefined ? '' : ` (${ago(until, now)})`}`;
}

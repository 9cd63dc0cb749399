// What a retry will run, before a person says yes to it.

import type { RequeueBody, TaskView } from '@agentcom/schemas';
import { fields } from './layout.js';
import type { Output } from './output.js';
import { preferredText } from './show-routes.js';
import { counted, duration, firstLine, oneLine } from './text.js';
import { amount, money, usageText } from './usage-text.js';

export function requeueText(out: Output, task: TaskView, body: RequeueBody): string {
  const { lane, needs, runner, model, maxAttempts, runTimeoutSeconds } = { ...task, ...body };
  const error = task.attempts.at(-1)?.error;
  const limit = duration(runTimeoutSeconds * 1000);
  return [
    out.colours.bold(oneLine(task.title)),
    fields(out, [
      ['task', task.id],
      ['state', `${task.state}${error === undefined ? '' : `: ${error.code}: ${firstLine(error.message)}`}`],
      ['lane', lane],
      ['needs', needs.join(', ') || 'nothing'],
      ['repository', task.repo === undefined ? undefined : oneLine(task.repo.url)],
      ['runner', preferredText(runner)],
      ['model', preferredText(model)],
      ['attempts', `up to ${maxAttempts}, each up to ${limit}`],
      ['session', body.freshSession === true ? 'a new one' : 'goes on with the last one, where that is possible'],
      ['prompt', promptText(task, body)],
      ['used so far', usedText(task)],
      ['may cost', costText(task, body)],
    ]),
  ].join('\n');
}

function promptText(task: TaskView, { prompt, promptAppend }: RequeueBody): string {
  if (prompt !== undefined)
    return `new, ${counted(prompt.split('\n').length, 'line')} in place of ${task.prompt.split('\n').length}`;
  return promptAppend === undefined ? 'as before' : `as before, and: ${firstLine(promptAppend)}`;
}

function usedText({ usage, attempts }: TaskView): string | undefined {
  const used = usageText(usage);
  return used === undefined ? undefined : `${used} in ${counted(attempts.length, 'attempt')}`;
}

/** What attempts have cost before, and what the budget lets them cost. */
function costText({ budget: before, usage, attempts }: TaskView, { budget = before, keepBudget }: RequeueBody): string {
  const costs = attempts.flatMap((attempt) => attempt.usage?.costMicros ?? []);
  const mean = costs.reduce((sum, cost) => sum + cost, 0) / Math.max(1, costs.length);
  const anAttempt =
    costs.length === 0 ? [] : [`about ${money(Math.round(mean), usage?.currency)} an attempt, as before`];
  const limits = [
    ...(budget?.costMicros === undefined ? [] : [money(budget.costMicros, usage?.currency)]),
    ...(budget?.tokens === undefined ? [] : [`${amount(budget.tokens)} tokens`]),
  ];
  const counts = keepBudget === true ? 'with what was used so far' : 'from now on';
  const atMost = limits.length === 0 ? ['no budget limits it'] : [`at most ${limits.join(' and ')}, ${counts}`];
  return [...anAttempt, ...atMost].join('; ');
}

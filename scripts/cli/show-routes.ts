// The runners and models that a task may have, as people read them.

import type { TaskSummary, TaskView } from '@agentcom/schemas';
import { counted, oneLine } from './text.js';
import { money } from './usage-text.js';

type Choice = NonNullable<TaskView['choice']>;

/** In order of preference. */
export function preferredText(names: TaskView['runner']): string | undefined {
  return typeof names === 'object' ? names.join(', ') : names;
}

/** The chosen one, or those that it may have. */
export function runnerText({ runner, choice }: Pick<TaskSummary, 'runner' | 'choice'>): string {
  return choice?.runner ?? preferredText(runner) ?? '-';
}

/** Undefined where there was nothing to choose from, and before the first offer. */
export function choiceText({ choice }: Pick<TaskView, 'choice'>): string | undefined {
  if (choice === undefined || choice.of === 1) return undefined;
  const because = choice.because === undefined ? '' : `: ${oneLine(choice.because)}`;
  return `${pairText(choice)}, choice ${choice.place} of ${choice.of}${because}`;
}

/** A line for each. */
export function routesText({ routes, maxCost }: Pick<TaskView, 'routes' | 'maxCost'>): string | undefined {
  if (routes === undefined || maxCost === undefined) return undefined;
  const lines = routes.map((route) => {
    const { costMicros, currency, n = 0, byPrice } = route;
    if (costMicros === undefined) return `unknown with ${pairText(route)}`;
    const from = `from ${counted(n, 'task')}${byPrice === true ? ', at list prices' : ''}`;
    const verdict = costMicros > maxCost ? ', too much' : '';
    return `${money(costMicros, currency)} with ${pairText(route)} (p90 ${from}${verdict})`;
  });
  return [`at most ${money(maxCost)}`, ...lines].join('\n');
}

function pairText({ runner = 'the usual runner', model }: Pick<Choice, 'runner' | 'model'>): string {
  return model === undefined ? runner : `${runner} with ${model}`;
}

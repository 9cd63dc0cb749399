// The options of a task that name runners and models in order of preference.

import type { RunnerKind, TaskSpec } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import { RUNNERS } from '@agentcom/schemas/names';
import { InvalidArgumentError } from 'commander';
import { parseList, parseListOf } from './options.js';

interface PreferenceFlags {
  readonly runner?: readonly RunnerKind[];
  readonly model?: readonly string[];
  readonly maxCost?: number;
}

export const runners = atMost(LIMITS.preferences, parseListOf(RUNNERS));
export const models = atMost(LIMITS.preferences, parseList);

/** Where there is one only there is nothing to choose by the cost, which is the limit of its budget then and no more. */
export function preferencesOf({
  runner,
  model,
  maxCost,
}: PreferenceFlags): Pick<TaskSpec, 'runner' | 'model' | 'maxCost'> {
  const hasChoice = Math.max(runner?.length ?? 0, model?.length ?? 0) > 1;
  return {
    ...(runner !== undefined && { runner: oneOrAll(runner) }),
    ...(model !== undefined && { model: oneOrAll(model) }),
    ...(hasChoice && maxCost !== undefined && { maxCost }),
  };
}

function oneOrAll(names: readonly string[]): string | readonly string[] {
  const [first, ...others] = names;
  return first !== undefined && others.length === 0 ? first : names;
}

function atMost<Word extends string>(
  max: number,
  parse: (text: string, before?: readonly Word[]) => readonly Word[],
): (text: string, before?: readonly Word[]) => readonly Word[] {
  return (text, before) => {
    const words = [...new Set(parse(text, before))];
    if (words.length > max) throw new InvalidArgumentError(`At most ${max} may be given.`);
    return words;
  };
}

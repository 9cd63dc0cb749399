// What is to be different when a task is queued again: only what somebody has changed. Pure.

import type { RequeueBody } from '@agentcom/schemas';
import type { Lane } from '@agentcom/schemas/names';
import { ApiError } from '../../api/problem.js';
import { taskPageTexts } from '../../texts/task.js';

/** As the form has it: everything is text. */
export interface Asked {
  readonly prompt: string;
  readonly lane: string;
  readonly runner: string;
  readonly model: string;
  readonly needs: string;
  readonly maxAttempts: string;
  readonly budget: string;
  readonly session: string;
}

const listed = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

export function changesOf(before: Asked, values: Partial<Asked>): RequeueBody {
  const changed = (name: keyof Asked): string | undefined => {
    const value = values[name] ?? '';
    return value === before[name].trim() ? undefined : value;
  };
  const [prompt, lane, runner, model] = [changed('prompt'), changed('lane'), changed('runner'), changed('model')];
  const [needs, maxAttempts, budget] = [changed('needs'), changed('maxAttempts'), changed('budget')];
  return {
    ...(prompt !== undefined && { prompt }),
    ...(lane !== undefined && { lane: lane as Lane }),
    // An empty field changes nothing: a runner cannot be taken away.
    ...(runner && { runner: listed(runner) }),
    ...(model && { model: listed(model) }),
    ...(needs !== undefined && { needs: listed(needs) }),
    ...(maxAttempts && { maxAttempts: Number(maxAttempts) }),
    ...(budget && { budget: { costMicros: microsOf(budget) } }),
    ...(values.session === 'fresh' && { freshSession: true }),
  };
}

function microsOf(text: string): number {
  const amount = Number(text.replace(',', '.'));
  if (Number.isFinite(amount) && amount > 0) return Math.round(amount * 1_000_000);
  const message = taskPageTexts.requeue.budgetWrong;
  throw new ApiError('request.invalid', 400, message, new Map([['/budget', message]]));
}

// What the history says of a requeue: who asked for it, and what is different since.

import type { Preferred, SpecChanges, TaskEvent } from './events.js';

const MICROS = 1_000_000;

export function requeuedText(event: Extract<TaskEvent, { readonly type: 'task.requeued' }>): string {
  const { by, freshSession, model, changes = {}, prompt } = event;
  const different = [
    ...(freshSession === true ? ['a fresh session'] : []),
    ...(model === undefined ? [] : [`model ${listText(model)}`]),
    ...changedTexts(changes),
    ...(prompt === undefined
      ? []
      : [prompt.addedBytes === undefined ? 'a new prompt' : `${prompt.addedBytes} bytes added to the prompt`]),
  ];
  return different.length === 0 ? by : `${by}, with ${different.join(', ')}`;
}

function changedTexts({ lane, needs, runner, maxCost, budget, maxAttempts, runTimeoutMs }: SpecChanges): string[] {
  const cost = budget?.costMicros === undefined ? [] : [`cost ${budget.costMicros / MICROS}`];
  const tokens = budget?.tokens === undefined ? [] : [`${budget.tokens} tokens`];
  return [
    ...(lane === undefined ? [] : [`lane ${lane}`]),
    ...(needs === undefined ? [] : [needs.length === 0 ? 'no needs' : `needs ${needs.join(' ')}`]),
    ...(runner === undefined ? [] : [`runner ${listText(runner)}`]),
    ...(maxCost === undefined ? [] : [`at most ${maxCost / MICROS} expected`]),
    ...(budget === undefined ? [] : [`a budget of ${[...cost, ...tokens].join(' and ') || 'no limit'}`]),
    ...(maxAttempts === undefined ? [] : [`${maxAttempts} attempts`]),
    ...(runTimeoutMs === undefined ? [] : [`a run timeout of ${runTimeoutMs / 1000} s`]),
  ];
}

function listText(names: Preferred): string {
  return typeof names === 'string' ? names : names.join(' or ');
}

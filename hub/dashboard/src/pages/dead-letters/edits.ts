// What is to be different when a dead letter is requeued: what somebody typed, against what there was. Pure.

import type { RequeueBody, TaskView } from '@agentcom/schemas';
import { LANES } from '@agentcom/schemas/names';
import type { Values } from '../../ui/form.js';
import { numberOf, preferred, wordsOf, wordsText } from '../../ui/typed.js';

type Asked = Pick<
  TaskView,
  'prompt' | 'lane' | 'runner' | 'model' | 'needs' | 'budget' | 'maxAttempts' | 'runTimeoutSeconds'
>;

/** As the form shows it. */
export function valuesOf(task: Asked): Values {
  const { prompt, lane, runner, model, needs, budget, maxAttempts, runTimeoutSeconds } = task;
  return {
    prompt,
    lane,
    runner: wordsText(runner),
    model: wordsText(model),
    needs: needs.join(' '),
    budget: budget?.costMicros === undefined ? '' : String(budget.costMicros / 1_000_000),
    maxAttempts: maxAttempts === undefined ? '' : String(maxAttempts),
    runTimeoutSeconds: runTimeoutSeconds === undefined ? '' : String(runTimeoutSeconds / 60),
  };
}

/** Only what is different from `before`; of many tasks, whose values are not known, everything that was filled in. */
export function requeueBody(values: Values, before: Values = {}): RequeueBody {
  const changed = (name: string): string | undefined => {
    const value = values[name] ?? '';
    return value.trim() === (before[name] ?? '').trim() ? undefined : value;
  };
  const { keepBudget, session, promptAppend } = values;
  const lane = LANES.find((one) => one === changed('lane'));
  const prompt = changed('prompt');
  const [runner, model, needs] = [changed('runner'), changed('model'), changed('needs')];
  const [cost, attempts, minutes] = [changed('budget'), changed('maxAttempts'), changed('runTimeoutSeconds')];
  return {
    ...(prompt !== undefined && prompt !== '' && { prompt }),
    ...(promptAppend !== undefined && { promptAppend }),
    ...(lane !== undefined && { lane }),
    ...(runner !== undefined && runner !== '' && { runner: preferred(runner) }),
    ...(model !== undefined && model !== '' && { model: preferred(model) }),
    ...(needs !== undefined && { needs: wordsOf(needs) }),
    ...(cost !== undefined &&
      cost !== '' && { budget: { costMicros: Math.round(numberOf('budget', cost) * 1_000_000) } }),
    ...(attempts !== undefined && attempts !== '' && { maxAttempts: numberOf('maxAttempts', attempts) }),
    ...(minutes !== undefined &&
      minutes !== '' && { runTimeoutSeconds: Math.round(numberOf('runTimeoutSeconds', minutes) * 60) }),
    ...(keepBudget === 'yes' && { keepBudget: true }),
    ...(session === 'fresh' && { freshSession: true }),
  };
}

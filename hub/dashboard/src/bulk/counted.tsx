// What is asked before many are changed: how many there are, counted now by the hub, and from a hundred on that number once more.

import type { TaskActionBody } from '@agentcom/schemas';
import { call } from '../api/client.js';
import { ApiError } from '../api/problem.js';
import { bulkTexts as texts } from '../texts/bulk.js';
import { Field, type Values } from '../ui/form.js';
import { useResource } from '../ui/resource.js';

/** From more than this on, the number must be typed. */
const TYPED_FROM = 100;

export interface Counted {
  readonly count: number | undefined;
  readonly error: ApiError | undefined;
  readonly reload: () => void;
}

/** Undefined counts nothing. */
export function useCounted(body: TaskActionBody | undefined): Counted {
  const { value, error, reload } = useResource(
    async (signal): Promise<number> =>
      body === undefined ? 0 : ((await call('task.act', { body: { ...body, dryRun: true }, signal })).total ?? 0),
    [JSON.stringify(body)],
  );
  return { count: value.value, error: error.value, reload };
}

export function TypedCount({ n }: { readonly n: number }) {
  return n > TYPED_FROM ? <Field name="typed" label={texts.typeCount(n)} required /> : null;
}

/** Refuses, beside the field, what is not the number. */
export function checkTyped({ typed }: Values, n: number): void {
  if (n <= TYPED_FROM || typed === String(n)) return;
  const message = texts.typedWrong(n);
  throw new ApiError('request.invalid', 0, message, new Map([['/typed', message]]));
}

// What is asked before many are changed: how many there are, counted now, and from a hundred on that number once more.

import type { DeadLetterGroup } from '@agentcom/schemas';
import { type ReadonlySignal, useSignal } from '@preact/signals';
import { ApiError } from '../../api/problem.js';
import { deadTexts as texts } from '../../texts/dead-letters.js';
import { Field, type Values } from '../../ui/form.js';
import { useResource } from '../../ui/resource.js';
import { type Letter, lettersOf } from './letters.js';

/** From more than this on, the number must be typed. */
const TYPED_FROM = 100;

export interface Counted {
  readonly letters: readonly Letter[] | undefined;
  readonly error: ApiError | undefined;
  readonly reload: () => void;
  readonly soFar: ReadonlySignal<number>;
}

export function useCounted(group: DeadLetterGroup | undefined): Counted {
  const soFar = useSignal(0);
  const { value, error, reload } = useResource(
    async (signal): Promise<readonly Letter[]> =>
      group === undefined
        ? []
        : lettersOf(group, signal, (n) => {
            soFar.value = n;
          }),
    [group?.id],
  );
  return { letters: value.value, error: error.value, reload, soFar };
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

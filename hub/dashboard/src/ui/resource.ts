// What is asked for once, and again on request: a value, or why there is none.

import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useCallback, useEffect } from 'preact/hooks';
import { type ApiError, toApiError } from '../api/problem.js';

export interface Resource<T> {
  readonly value: ReadonlySignal<T | undefined>;
  readonly error: ReadonlySignal<ApiError | undefined>;
  /** Asks again; what is there stays until the answer comes. */
  readonly reload: () => void;
}

/** `load` is called when the page comes, and when one of `inputs` changes; its signal ends with the page. */
export function useResource<T>(load: (signal: AbortSignal) => Promise<T>, inputs: readonly unknown[]): Resource<T> {
  const value = useSignal<T | undefined>(undefined);
  const error = useSignal<ApiError | undefined>(undefined);
  const round = useSignal(0);
  useEffect(() => {
    const leaving = new AbortController();
    load(leaving.signal).then(
      (loaded) => {
        if (leaving.signal.aborted) return;
        value.value = loaded;
        error.value = undefined;
      },
      (cause: unknown) => {
        if (!leaving.signal.aborted) error.value = toApiError(cause);
      },
    );
    return () => leaving.abort();
  }, [...inputs, round.value]);
  const reload = useCallback(() => {
    round.value = round.peek() + 1;
  }, []);
  return { value, error, reload };
}

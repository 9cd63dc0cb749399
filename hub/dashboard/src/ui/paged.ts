// A list that the hub gives page by page: the first at once, more on request.

import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useCallback, useEffect } from 'preact/hooks';
import { type ApiError, toApiError } from '../api/problem.js';

interface OnePage<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export interface Paged<T> {
  readonly items: ReadonlySignal<readonly T[] | undefined>;
  readonly error: ReadonlySignal<ApiError | undefined>;
  /** Undefined on the last page. */
  readonly more: (() => void) | undefined;
  readonly reload: () => void;
}

/** `load` is called when the page comes, with the cursor of the next one for more, and when one of `inputs` changes. */
export function usePaged<T>(
  load: (cursor: { readonly cursor?: string }, signal: AbortSignal) => Promise<OnePage<T>>,
  inputs: readonly unknown[] = [],
): Paged<T> {
  const items = useSignal<readonly T[] | undefined>(undefined);
  const next = useSignal<string | null>(null);
  const error = useSignal<ApiError | undefined>(undefined);
  const round = useSignal(0);
  useEffect(() => {
    const leaving = new AbortController();
    load({}, leaving.signal).then(
      (page) => {
        if (leaving.signal.aborted) return;
        items.value = page.items;
        next.value = page.nextCursor;
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
  const cursor = next.value;
  const more = (): void => {
    if (cursor === null) return;
    const asked = items.peek();
    load({ cursor }, new AbortController().signal).then(
      (page) => {
        // Asked again meanwhile: these would be rows of another list.
        if (items.peek() !== asked) return;
        items.value = [...(asked ?? []), ...page.items];
        next.value = page.nextCursor;
      },
      (cause: unknown) => {
        error.value = toApiError(cause);
      },
    );
  };
  return { items, error, more: cursor === null ? undefined : more, reload };
}

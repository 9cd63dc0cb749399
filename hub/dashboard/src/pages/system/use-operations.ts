// Work in the background, asked for again while some of it has not ended.

import type { Operation } from '@agentcom/schemas';
import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { call } from '../../api/client.js';
import { type ApiError, toApiError } from '../../api/problem.js';
import { systemTexts as texts } from '../../texts/system.js';
import { useResource } from '../../ui/resource.js';
import { toast, toastError } from '../../ui/toast.js';
import { endedSince, isOpen } from './operations.js';

const SHOWN = 20;
const LOOK_EVERY_MS = 1_000;

export interface FollowedOperations {
  readonly items: readonly Operation[] | undefined;
  readonly error: ApiError | undefined;
  readonly reload: () => void;
  /** Begins one, and follows it. */
  readonly begin: (start: () => Promise<Operation>) => Promise<void>;
  /** While one is being begun. */
  readonly isBeginning: ReadonlySignal<boolean>;
  /** Higher whenever one has ended. */
  readonly ended: ReadonlySignal<number>;
}

/** `openCount`: how many the hub says have not ended; undefined while it says nothing. */
export function useOperations(openCount: number | undefined): FollowedOperations {
  const isBeginning = useSignal(false);
  const ended = useSignal(0);
  const before = useRef<readonly Operation[]>([]);
  const list = useResource(
    async (signal) => (await call('operation.list', { query: { limit: SHOWN }, signal })).items,
    [openCount],
  );
  const items = list.value.value;
  const isWaiting = items?.some(isOpen) === true || (openCount ?? 0) > 0;
  useEffect(() => {
    if (!isWaiting) return undefined;
    const timer = setTimeout(list.reload, LOOK_EVERY_MS);
    return () => clearTimeout(timer);
  }, [isWaiting, items, list.error.value]);
  useEffect(() => {
    if (items === undefined) return;
    const over = endedSince(before.current, items);
    before.current = items;
    if (over.length === 0) return;
    ended.value++;
    for (const { kind, state } of over)
      if (state === 'done' || state === 'failed' || state === 'stopped')
        toast(texts.ended[state](texts.kinds[kind]), { tone: state === 'failed' ? 'bad' : 'good' });
  }, [items]);
  const begin = async (start: () => Promise<Operation>): Promise<void> => {
    isBeginning.value = true;
    try {
      const begun = await start();
      before.current = [begun, ...before.current];
    } finally {
      isBeginning.value = false;
    }
    list.reload();
  };
  return { items, error: list.error.value, reload: list.reload, begin, isBeginning, ended };
}

/** For buttons: what the hub refuses is said. */
export function beginning(operations: FollowedOperations, start: () => Promise<Operation>): () => void {
  return () => {
    operations.begin(start).catch((error: unknown) => toastError(toApiError(error)));
  };
}

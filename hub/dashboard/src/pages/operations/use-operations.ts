// Work in the background, asked for again while some of it has not ended.

import type { Operation } from '@agentcom/schemas';
import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { call } from '../../api/client.js';
import { type ApiError, toApiError } from '../../api/problem.js';
import { operationsTexts as texts } from '../../texts/operations.js';
import { useResource } from '../../ui/resource.js';
import { toast, toastError } from '../../ui/toast.js';
import { endedSince, isOpen, titleOf } from './operations.js';

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

interface Followed {
  /** How many the hub says have not ended; undefined while it says nothing. */
  readonly openCount?: number | undefined;
  readonly limit?: number;
  /** Asked for again after so long also where none is known to run, ms. */
  readonly restMs?: number;
}

export function useOperations({ openCount, limit = SHOWN, restMs }: Followed): FollowedOperations {
  const isBeginning = useSignal(false);
  const ended = useSignal(0);
  const before = useRef<readonly Operation[]>([]);
  const list = useResource(
    async (signal) => (await call('operation.list', { query: { limit }, signal })).items,
    [openCount, limit],
  );
  const items = list.value.value;
  const isWaiting = items?.some(isOpen) === true || (openCount ?? 0) > 0;
  useEffect(() => {
    const afterMs = isWaiting ? LOOK_EVERY_MS : restMs;
    if (afterMs === undefined) return undefined;
    const timer = setTimeout(list.reload, afterMs);
    return () => clearTimeout(timer);
  }, [isWaiting, restMs, items, list.error.value]);
  useEffect(() => {
    if (items === undefined) return;
    const over = endedSince(before.current, items);
    before.current = items;
    if (over.length === 0) return;
    ended.value++;
    for (const operation of over) {
      const { state } = operation;
      if (state === 'done' || state === 'failed' || state === 'stopped')
        toast(texts.ended[state](titleOf(operation)), { tone: state === 'failed' ? 'bad' : 'good' });
    }
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

// A search in a log, which the hub makes a part at a time, and goes on when more lines have come.

import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { call } from '../../../api/client.js';
import { toApiError } from '../../../api/problem.js';
import { retryMs } from './retry.js';

/** After the last key that was pressed, and after lines have come. */
const TYPED_MS = 200;
const MORE_MS = 1_500;
const FOUND_MAX = 10_000;
const PART = 1_000;

interface Progress {
  readonly text: string;
  readonly found: readonly number[];
  /** The first line that was not looked at, and whether there was none when the hub last answered. */
  readonly next: number;
  readonly isOver: boolean;
  readonly error?: string;
  /** After the error; another object each time. */
  readonly again?: { readonly ms: number };
}

export interface Search {
  readonly text: string;
  /** Numbers of lines, in order. */
  readonly found: readonly number[];
  readonly set: ReadonlySet<number>;
  readonly isLooking: boolean;
  /** There are more matches than are counted. */
  readonly isFull: boolean;
  /** Why the hub does not search. */
  readonly error: string | undefined;
  readonly change: (text: string) => void;
}

const NOTHING: Progress = { text: '', found: [], next: 1, isOver: false };

/** @param total  how many lines there are; the last of them may go on */
export function useSearch(id: string, generation: number, total: number): Search {
  const progress = useSignal<Progress>(NOTHING);
  const { text, found, next, isOver, error, again } = progress.value;
  const isFull = found.length >= FOUND_MAX;
  const isLooking = text.trim() !== '' && next <= total && !isFull && (error === undefined || again !== undefined);
  useEffect(() => {
    if (!isLooking) return undefined;
    const leaving = new AbortController();
    const look = async (): Promise<void> => {
      // The last line may have gone on.
      const query = { generation, q: text, from: Math.max(1, next - 1), limit: PART };
      try {
        const answer = await call('task.lines', { path: { id }, query, signal: leaving.signal });
        if (leaving.signal.aborted) return;
        const more = answer.items.map(({ line }) => line).filter((line) => line > (found.at(-1) ?? 0));
        const to = { next: answer.next ?? answer.lines + 1, isOver: answer.next === null };
        progress.value = { text, found: more.length === 0 ? found : [...found, ...more], ...to };
      } catch (cause) {
        if (leaving.signal.aborted) return;
        const failure = toApiError(cause);
        const ms = retryMs(failure);
        const going = { text, found, next, isOver, error: failure.message };
        progress.value = ms === undefined ? going : { ...going, again: { ms } };
      }
    };
    const timer = setTimeout(
      () => void look(),
      again !== undefined ? again.ms : next === 1 ? TYPED_MS : isOver ? MORE_MS : 0,
    );
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [text, next, isOver, isLooking, again]);
  const set = useMemo(() => new Set(found), [found]);
  const change = (typed: string): void => {
    progress.value = { ...NOTHING, text: typed };
  };
  return { text, found, set, isLooking, isFull, error, change };
}

// The log of one attempt as a page has it: its end as it comes, and whatever lines are looked at.

import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { followLog, type LogState } from './follow.js';
import { LineLoader } from './line-loader.js';
import { LogWindow } from './log-window.js';

/** How often what has come is drawn. */
const DRAW_MS = 100;

export interface Log {
  readonly lines: LogWindow;
  /** Changes with the lines. */
  readonly round: number;
  readonly state: LogState;
  /** How far the hub has counted the lines of a long log. */
  readonly counted: number;
  /** These are in sight. */
  readonly see: (first: number, last: number) => void;
}

/** `id` and `generation` stay the same. */
export function useLog(id: string, generation: number): Log {
  const lines = useMemo(() => new LogWindow(), []);
  const round = useSignal(0);
  const state = useSignal<LogState>('counting');
  const counted = useSignal(0);
  const isLost = useSignal(false);
  const draw = (): void => {
    round.value += 1;
  };
  const loader = useMemo(
    () =>
      new LineLoader({
        ...{ id, generation, log: lines, onLoaded: draw },
        onFailed: (is) => {
          isLost.value = is;
        },
      }),
    [],
  );
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const drawSoon = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        draw();
      }, DRAW_MS);
    };
    const leave = followLog(id, generation, {
      onCount: (n) => {
        counted.value = n;
      },
      onEnd: (last) => {
        lines.begin(last);
        draw();
      },
      onPiece: (piece) => {
        lines.append(piece);
        drawSoon();
      },
      onState: (next) => {
        state.value = next;
      },
    });
    return () => {
      clearTimeout(timer);
      leave();
      loader.leave();
    };
  }, []);
  return {
    ...{ lines, round: round.value, counted: counted.value },
    state: isLost.value && state.value !== 'failed' ? 'lost' : state.value,
    see: (first, last) => loader.see(first, last),
  };
}

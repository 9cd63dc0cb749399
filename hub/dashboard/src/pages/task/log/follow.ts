// Reads the end of the output of one attempt, and what comes, until the task has ended. A tab that nobody looks at reads nothing, and begins
// again at what is the end by then.

import type { OutputLines, OutputPiece } from '@agentcom/schemas';
import { call, urlOf } from '../../../api/client.js';
import { toApiError } from '../../../api/problem.js';
import { retryMs } from './retry.js';

export type LogState = 'counting' | 'reading' | 'lost' | 'ended' | 'failed';

interface LogReader {
  /** How far the hub has counted the lines of a long log. */
  readonly onCount: (lines: number) => void;
  readonly onEnd: (last: OutputLines) => void;
  readonly onPiece: (piece: OutputPiece) => void;
  readonly onState: (state: LogState) => void;
}

const LAST_LINES = 200;
/** So many fit in one answer, however long they are. */
const LONG_LINES = 30;

/** Answers how to end it. */
export function followLog(id: string, generation: number, { onCount, onEnd, onPiece, onState }: LogReader): () => void {
  let source: EventSource | undefined;
  let looking = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const finish = (state: LogState): void => {
    isOver = true;
    source?.close();
    onState(state);
  };
  const lastLines = async (signal: AbortSignal): Promise<OutputLines> => {
    for (let last = LAST_LINES; ; ) {
      const answer = await call('task.lines', { path: { id }, query: { generation, last }, signal });
      if (answer.counted && answer.next === null) return answer;
      if (answer.counted) last = LONG_LINES;
      else onCount(answer.lines);
    }
  };
  const follow = (cursor: string | null): void => {
    const query = { follow: '1', generation, ...(cursor !== null && { cursor }) };
    const opened = new EventSource(urlOf('task.output', { path: { id }, query }));
    source = opened;
    opened.addEventListener('open', () => onState('reading'));
    opened.addEventListener('output', ({ data }: MessageEvent<string>) => onPiece(JSON.parse(data) as OutputPiece));
    opened.addEventListener('end', () => finish('ended'));
    opened.addEventListener('error', () => {
      // It connects again by itself, unless it was refused.
      if (opened.readyState === EventSource.CLOSED) finish('failed');
      else onState('lost');
    });
  };
  const begin = async (): Promise<void> => {
    looking = new AbortController();
    const { signal } = looking;
    try {
      const last = await lastLines(signal);
      if (signal.aborted) return;
      onEnd(last);
      follow(last.cursor);
    } catch (error) {
      if (signal.aborted) return;
      const againMs = retryMs(toApiError(error));
      if (againMs === undefined) return finish('failed');
      onState('lost');
      timer = setTimeout(() => void begin(), againMs);
    }
  };
  const stop = (): void => {
    clearTimeout(timer);
    looking.abort();
    source?.close();
  };
  const onVisibility = (): void => {
    if (isOver) return;
    stop();
    if (!document.hidden) void begin();
  };
  document.addEventListener('visibilitychange', onVisibility);
  onVisibility();
  return () => {
    isOver = true;
    stop();
    document.removeEventListener('visibilitychange', onVisibility);
  };
}

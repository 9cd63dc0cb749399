// Reads the output of one attempt as it comes, from its beginning to the end of the task. A tab that nobody looks at reads nothing, and goes on
// where it was.

import type { OutputPiece } from '@agentcom/schemas';
import { urlOf } from '../../../api/client.js';

export type LogState = 'reading' | 'lost' | 'ended' | 'failed';

interface LogReader {
  readonly onPiece: (piece: OutputPiece) => void;
  readonly onState: (state: LogState) => void;
}

/** Answers how to end it. */
export function followLog(id: string, generation: number, { onPiece, onState }: LogReader): () => void {
  let source: EventSource | undefined;
  let cursor: string | undefined;
  let isOver = false;
  const finish = (state: LogState): void => {
    isOver = true;
    source?.close();
    onState(state);
  };
  const open = (): void => {
    const query = { follow: '1', generation, cursor };
    const opened = new EventSource(urlOf('task.output', { path: { id }, query }));
    source = opened;
    opened.addEventListener('open', () => onState('reading'));
    opened.addEventListener('output', ({ data, lastEventId }: MessageEvent<string>) => {
      cursor = lastEventId;
      onPiece(JSON.parse(data) as OutputPiece);
    });
    opened.addEventListener('end', () => finish('ended'));
    opened.addEventListener('error', () => {
      // It connects again by itself, unless it was refused.
      if (opened.readyState === EventSource.CLOSED) finish('failed');
      else onState('lost');
    });
  };
  const onVisibility = (): void => {
    if (isOver) return;
    source?.close();
    if (!document.hidden) open();
  };
  document.addEventListener('visibilitychange', onVisibility);
  onVisibility();
  return () => {
    isOver = true;
    source?.close();
    document.removeEventListener('visibilitychange', onVisibility);
  };
}

// The output of a task as server-sent events, until the task has ended and all of its output was read. Woken by the feed when something
// happens to the task, and by what it reads itself.

import type { TaskState } from '@agentcom/schemas';
import { Refusal } from '../../../core/refusal.js';
import { isFinal } from '../../../core/task/task.js';
import type { OutputCursor } from '../../output-port.js';
import { type SseStream, serverSentEvent } from '../sse-stream.js';
import type { OutputParts, Standing, Wanted } from './output.js';

const HEARTBEAT_MS = 15_000;
/** How long after the end of a task output is waited for: when its sidecar has not said what the last is, and when it has. */
const LINGER_MS = 2_000;
const LINGER_MS_MAX = 10_000;
/** Until something that failed is tried again: NATS may be away. */
const RETRY_MS = 1_000;

/** `pending` without a time: nothing is to be expected before something happens to the task. */
type Ending =
  | { readonly kind: 'ended'; readonly state: TaskState | undefined }
  | { readonly kind: 'pending'; readonly waitMs?: number };

export async function followOutput(
  parts: OutputParts,
  wanted: Wanted,
  standing: () => Promise<Standing | Refusal>,
  stream: SseStream,
): Promise<void> {
  const { store, stopping, waits } = parts;
  const over = new AbortController();
  const signal = AbortSignal.any([stopping, stream.gone, over.signal]);
  const waiter = waits.begin(wanted.task);
  signal.addEventListener('abort', () => waiter.wake());
  const heart = setInterval(() => {
    if (stream.readableLength === 0) void stream.write(':\n\n');
  }, HEARTBEAT_MS);
  let readTo = 0;
  let isEnding = false;
  const untilEnded = async (): Promise<TaskState | undefined> => {
    while (!signal.aborted) {
      const ending = await endingOf(parts, wanted, standing, readTo).catch(() => ({
        kind: 'pending' as const,
        waitMs: RETRY_MS,
      }));
      if (ending.kind === 'ended') return ending.state;
      isEnding = ending.waitMs !== undefined;
      await waiter.next(ending.waitMs);
    }
    return undefined;
  };
  try {
    await stream.write('retry: 1000\n\n');
    const ended = untilEnded().finally(() => over.abort());
    for await (const { pieces, seq } of store.read({ ...wanted, live: true, signal })) {
      for (const piece of pieces) await stream.write(serverSentEvent('output', piece, cursorOf(piece)));
      const last = pieces.at(-1);
      if (last !== undefined) store.remember(wanted.org, wanted.task, last, seq);
      readTo = seq;
      if (isEnding) waiter.wake();
    }
    const state = await ended;
    if (state !== undefined) await stream.write(serverSentEvent('end', { state }));
    stream.end();
  } finally {
    clearInterval(heart);
    over.abort();
    waiter.end();
  }
}

async function endingOf(
  parts: OutputParts,
  wanted: Wanted,
  standing: () => Promise<Standing | Refusal>,
  readTo: number,
): Promise<Ending> {
  const task = await standing();
  if (task instanceof Refusal) {
    return task.code === 'task.not_found' ? { kind: 'ended', state: undefined } : { kind: 'pending', waitMs: RETRY_MS };
  }
  // A dead task may be requeued, but only by somebody: whoever follows it has seen its end.
  if (!isFinal(task.state) && task.state !== 'dead') return { kind: 'pending' };
  const waitMs = lingerMs(parts, task);
  if (waitMs > 0) return { kind: 'pending', waitMs };
  const end = await parts.store.end(wanted.org, wanted.task, wanted.generation);
  return end <= readTo ? { kind: 'ended', state: task.state } : { kind: 'pending', waitMs: RETRY_MS };
}

/** How long more output is still to be expected of a finished task, ms. */
function lingerMs({ now, intake }: OutputParts, { org, id, generation, endedAt }: Standing): number {
  const whole = generation === 0 ? true : intake.isWhole({ org, task: id, generation });
  if (whole === true) return 0;
  return Math.max(0, endedAt + (whole === false ? LINGER_MS_MAX : LINGER_MS) - now());
}

/** As a reader names the place where it goes on. */
export function cursorOf({ generation, outputSeq }: OutputCursor): string {
  return `${generation}.${outputSeq}`;
}

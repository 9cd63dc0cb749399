// `GET /tasks/:id/output`: a page of it, all of it as text, or followed as server-sent events until the task has ended.

import { LIMITS, type OutputPage, type OutputPiece, type TaskState, type TaskView } from '@agentcom/schemas';
import { Refusal } from '../../../core/decision.js';
import { isFinal } from '../../../core/task/task.js';
import type { OutputCursor, OutputIntake, OutputStore } from '../../output-port.js';
import type { Handlers, RouteRequest } from '../handler.js';
import { SseStream, serverSentEvent } from '../sse-stream.js';
import { archivedTask } from './tasks.js';

/** Text in one page, unless a single piece is larger. */
const PAGE_BYTES = 1024 ** 2;
/** Readers of streams at once: each holds a consumer and some text. */
const READERS = 256;
const READERS_OF_ONE_KEY = 32;
const BUSY_MS = 5_000;
const HEARTBEAT_MS = 15_000;
/** How often it is looked whether a followed task has ended. */
const LOOK_EVERY_MS = 250;
/** How long after the end of a task output is waited for: when its sidecar has not said what the last is, and when it has. */
const LINGER_MS = 2_000;
const LINGER_MS_MAX = 10_000;

const CURSOR = /^[1-9][0-9]{0,9}\.[0-9]{1,10}$/;

export interface OutputParts {
  readonly now: () => number;
  readonly intake: OutputIntake;
  readonly store: OutputStore;
  /** A finished task that has left memory, or null. */
  readonly archived: (org: string, id: string) => Promise<TaskView | null>;
  /** Aborted when the hub stops: whoever follows is to ask again, here or elsewhere. */
  readonly stopping: AbortSignal;
}

/** What there is to know about a task whose output is read. */
interface Standing {
  readonly org: string;
  readonly id: string;
  readonly state: TaskState;
  readonly generation: number;
  /** When it, or its last attempt, ended; ms. */
  readonly endedAt: number;
}

type Request = Pick<RouteRequest<'task.output'>, 'caller' | 'path' | 'read'>;

interface Wanted {
  readonly org: string;
  readonly task: string;
  readonly generation?: number;
  readonly after?: OutputCursor;
}

export function outputHandlers(parts: OutputParts): Pick<Handlers, 'task.output'> {
  const readers = new Readers();
  return {
    'task.output': async (request) => {
      const task = await standing(parts, request);
      if (task instanceof Refusal) return task;
      const wanted = wantedOf(request, task);
      if (wanted instanceof Refusal) return wanted;
      const follows = request.query.follow === '1';
      if (!follows && !acceptsText(request.accept))
        return { body: await page(parts, wanted, request.query.limit ?? LIMITS.pageItemsDefault) };
      const stream = readers.open(request.caller.key);
      if (stream instanceof Refusal) return stream;
      const work = follows ? follow(parts, wanted, request, stream) : tellAll(parts, wanted, stream);
      work.catch((error: unknown) => stream.destroy(error instanceof Error ? error : new Error(String(error))));
      return { body: stream, headers: follows ? EVENT_HEADERS : TEXT_HEADERS };
    },
  };
}

const TEXT_HEADERS = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };
const EVENT_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
};

/** Text is what a caller wants who asks for it before JSON. */
function acceptsText(accept: string | undefined): boolean {
  const first = accept?.split(',')[0]?.split(';')[0]?.trim();
  return first === 'text/plain';
}

/** Counts streams, so that readers cannot use up the hub. */
class Readers {
  readonly #byKey = new Map<string, number>();
  #all = 0;

  open(key: string): SseStream | Refusal {
    const own = this.#byKey.get(key) ?? 0;
    if (own >= READERS_OF_ONE_KEY || this.#all >= READERS) {
      return new Refusal('rate.limited', 'too many readers of output at once', [], BUSY_MS);
    }
    this.#byKey.set(key, own + 1);
    this.#all++;
    const stream = new SseStream();
    stream.once('close', () => {
      this.#all--;
      const left = (this.#byKey.get(key) ?? 1) - 1;
      if (left === 0) this.#byKey.delete(key);
      else this.#byKey.set(key, left);
    });
    return stream;
  }
}

function wantedOf({ query, lastEventId }: RouteRequest<'task.output'>, task: Standing): Wanted | Refusal {
  const { generation } = query;
  const from = lastEventId ?? query.cursor;
  if (from !== undefined && !CURSOR.test(from)) {
    const message = 'must be an id of an event as the hub sent it';
    return new Refusal('request.invalid', 'the Last-Event-ID header is not valid', [{ path: '/lastEventId', message }]);
  }
  const [ofGeneration, outputSeq] = from?.split('.').map(Number) ?? [];
  return {
    org: task.org,
    task: task.id,
    ...(generation !== undefined && { generation }),
    ...(ofGeneration !== undefined && { after: { generation: ofGeneration, outputSeq: outputSeq ?? 0 } }),
  };
}

async function standing(parts: OutputParts, request: Request): Promise<Standing | Refusal> {
  const { id } = request.path;
  const seen = await request.read((view): Standing | undefined => {
    const task = view.task(id);
    if (task === undefined) return undefined;
    const { org, state, generation } = task;
    return { org, id, state, generation, endedAt: task.finishedAt || (task.attemptLog?.at(-1)?.endedAt ?? 0) };
  });
  if (seen !== undefined) return seen;
  const task = await archivedTask(parts, request, id);
  if (task instanceof Refusal) return task;
  const { org, state, generation } = task;
  return { org, id, state, generation, endedAt: Date.parse(task.finishedAt ?? task.createdAt) };
}

async function page({ store }: OutputParts, wanted: Wanted, limit: number): Promise<OutputPage> {
  const items: OutputPiece[] = [];
  let bytes = 0;
  for await (const { pieces, seq } of store.read({ ...wanted, live: false, signal: new AbortController().signal })) {
    for (const piece of pieces) {
      const last = items.at(-1);
      if (last !== undefined && (items.length >= limit || bytes + piece.data.length > PAGE_BYTES)) {
        return { items, nextCursor: cursorOf(last) };
      }
      items.push(piece);
      bytes += piece.data.length;
      if (items.length === limit) store.remember(wanted.org, wanted.task, piece, seq);
    }
  }
  return { items, nextCursor: null };
}

async function tellAll({ store, stopping }: OutputParts, wanted: Wanted, stream: SseStream): Promise<void> {
  const signal = AbortSignal.any([stopping, stream.gone]);
  for await (const { pieces } of store.read({ ...wanted, live: false, signal })) {
    await stream.write(pieces.map(({ data }) => data).join(''));
  }
  // What was cut off by the hub's end must not look whole.
  if (stopping.aborted) stream.destroy(new Error('the hub is stopping'));
  stream.end();
}

async function follow(parts: OutputParts, wanted: Wanted, request: Request, stream: SseStream): Promise<void> {
  const { store, stopping } = parts;
  const over = new AbortController();
  const signal = AbortSignal.any([stopping, stream.gone, over.signal]);
  const heart = setInterval(() => {
    if (stream.readableLength === 0) void stream.write(':\n\n');
  }, HEARTBEAT_MS);
  try {
    let readTo = 0;
    await stream.write('retry: 1000\n\n');
    const watching = untilOver(parts, wanted, request, signal, () => readTo).finally(() => over.abort());
    for await (const { pieces, seq } of store.read({ ...wanted, live: true, signal })) {
      for (const piece of pieces) await stream.write(serverSentEvent('output', piece, cursorOf(piece)));
      const last = pieces.at(-1);
      if (last !== undefined) store.remember(wanted.org, wanted.task, last, seq);
      readTo = seq;
    }
    const state = await watching;
    if (state !== null) await stream.write(serverSentEvent('end', { state }));
    stream.end();
  } finally {
    clearInterval(heart);
    over.abort();
  }
}

/** The state in which the task has ended, once all of its output has been read; null when it is not to be waited for any more. */
async function untilOver(
  parts: OutputParts,
  wanted: Wanted,
  request: Request,
  signal: AbortSignal,
  readTo: () => number,
): Promise<TaskState | null> {
  while (!signal.aborted) {
    // What cannot be told just now can be told in a moment: NATS may be away.
    const told = await ended(parts, wanted, request, readTo).catch(() => undefined);
    if (told !== undefined) return told;
    await pause(LOOK_EVERY_MS, signal);
  }
  return null;
}

/** As `untilOver`, of now; undefined when there may be more to come. */
async function ended(
  parts: OutputParts,
  wanted: Wanted,
  request: Request,
  readTo: () => number,
): Promise<TaskState | null | undefined> {
  const task = await standing(parts, request);
  if (task instanceof Refusal) return task.code === 'task.not_found' ? null : undefined;
  if (!isOver(task.state) || !hasSettled(parts, task)) return undefined;
  const end = await parts.store.end(wanted.org, wanted.task, wanted.generation);
  return end <= readTo() ? task.state : undefined;
}

/** A dead task may be requeued, but only by somebody: whoever follows it has seen its end. */
function isOver(state: TaskState): boolean {
  return isFinal(state) || state === 'dead';
}

/** Whether no more output is to be expected of a finished task. */
function hasSettled({ now, intake }: OutputParts, { org, id, generation, endedAt }: Standing): boolean {
  const agoMs = now() - endedAt;
  const whole = generation === 0 ? true : intake.isWhole({ org, task: id, generation });
  return whole === true || agoMs > (whole === false ? LINGER_MS_MAX : LINGER_MS);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}

function cursorOf({ generation, outputSeq }: OutputCursor): string {
  return `${generation}.${outputSeq}`;
}

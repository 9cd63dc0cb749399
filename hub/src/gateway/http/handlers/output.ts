// `GET /tasks/:id/output`: a page of it, all of it as text, or followed as server-sent events until the task has ended.

import { LIMITS, type OutputLines, type OutputPage, type OutputPiece, type TaskState } from '@agentcom/schemas';
import { STOPPING } from '../../../coordinator/refusals.js';
import { Refusal } from '../../../core/refusal.js';
import type { FindArchived } from '../../archived-parents.js';
import type { OutputCursor, OutputIntake, OutputLineReader, OutputStore } from '../../output-port.js';
import type { Handlers, RouteRequest } from '../handler.js';
import { Shares } from '../shares.js';
import { SseStream } from '../sse-stream.js';
import type { TaskWaits } from '../task-waits.js';
import { cursorOf, followOutput } from './follow-output.js';
import { archivedTask } from './tasks.js';

/** Text in one page, unless a single piece is larger. */
const PAGE_BYTES = 1024 ** 2;
const READERS = { all: LIMITS.followers, perKey: LIMITS.followersPerKey };

const CURSOR = /^[1-9][0-9]{0,9}\.[0-9]{1,10}$/;

export interface OutputParts {
  readonly now: () => number;
  readonly intake: OutputIntake;
  readonly store: OutputStore;
  readonly lines: OutputLineReader;
  readonly waits: TaskWaits;
  readonly archived: FindArchived;
  /** Aborted when the hub stops: whoever follows retries, here or elsewhere. */
  readonly stopping: AbortSignal;
}

/** What there is to know about a task whose output is read. */
export interface Standing {
  readonly org: string;
  readonly id: string;
  readonly state: TaskState;
  readonly generation: number;
  /** When it, or its last attempt, ended; ms. */
  readonly endedAt: number;
}

type Request = Pick<RouteRequest<'task.output' | 'task.lines'>, 'caller' | 'path' | 'read'>;

export interface Wanted {
  readonly org: string;
  readonly task: string;
  readonly generation?: number;
  readonly after?: OutputCursor;
}

export function outputHandlers(parts: OutputParts): Pick<Handlers, 'task.output' | 'task.lines'> {
  const readers = new Shares(READERS, 'readers of output');
  return {
    'task.output': async (request) => {
      const task = await standing(parts, request);
      if (task instanceof Refusal) return task;
      const wanted = wantedOf(request, task);
      if (wanted instanceof Refusal) return wanted;
      const follows = request.query.follow === '1';
      if (!follows && !acceptsText(request.accept))
        return { body: await page(parts, wanted, request.query.limit ?? LIMITS.pageItemsDefault) };
      const stream = new SseStream();
      const leave = readers.take(request.caller, ({ message }) => stream.destroy(new Error(message)));
      if (leave instanceof Refusal) return leave;
      stream.once('close', leave);
      const work = follows
        ? followOutput(parts, wanted, () => standing(parts, request), stream)
        : writeAll(parts, wanted, stream);
      work.catch((error: unknown) => stream.destroy(error instanceof Error ? error : new Error(String(error))));
      return { body: stream, headers: follows ? EVENT_HEADERS : TEXT_HEADERS };
    },
    'task.lines': async (request) => {
      const task = await standing(parts, request);
      if (task instanceof Refusal) return task;
      const { from = 1, limit = LIMITS.pageItemsDefault, generation = task.generation, last, q } = request.query;
      if (generation === 0) return { body: NO_LINES };
      const over = new AbortController();
      const forget = request.onOver(() => over.abort());
      const leave = readers.take(request.caller, (why) => over.abort(why));
      if (leave instanceof Refusal) return leave;
      try {
        const wanted = { org: task.org, task: task.id, generation, from, limit, last, q };
        const body = await parts.lines.read({ ...wanted, signal: AbortSignal.any([over.signal, parts.stopping]) });
        return over.signal.reason instanceof Refusal ? over.signal.reason : { body };
      } finally {
        leave();
        forget();
      }
    },
  };
}

/** Of a task that nobody has begun. */
const NO_LINES: OutputLines = { items: [], next: null, lines: 0, counted: true, cursor: null, colours: '' };

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

function wantedOf({ query, lastEventId }: RouteRequest<'task.output'>, task: Standing): Wanted | Refusal {
  const { generation } = query;
  const from = lastEventId ?? query.cursor;
  if (from !== undefined && !CURSOR.test(from)) {
    const message = 'must be an event id from the hub';
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
    return { org, id, state, generation, endedAt: task.finishedAt ?? task.attemptLog?.at(-1)?.endedAt ?? 0 };
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

async function writeAll({ store, stopping }: OutputParts, wanted: Wanted, stream: SseStream): Promise<void> {
  const signal = AbortSignal.any([stopping, stream.gone]);
  for await (const { pieces } of store.read({ ...wanted, live: false, signal })) {
    await stream.write(pieces.map(({ data }) => data).join(''));
  }
  // What was cut off by the hub's end must not look whole.
  if (stopping.aborted) stream.destroy(new Error(STOPPING));
  stream.end();
}

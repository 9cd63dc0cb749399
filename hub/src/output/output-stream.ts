// The stream that keeps output: batches in, and out again in the order they came, from the beginning or behind a cursor.

import type { OutputPiece } from '@agentcom/schemas';
import type { JetStreamClient, JetStreamManager, JsMsg } from '@nats-io/jetstream';
import { headers } from 'nats';
import type { OutputBatch } from './output-buffer.js';
import { Places } from './places.js';
import { type Attempt, type Cursor, decodePieces, encodePieces, LAST_HEADER, shown, subjectOf } from './stored.js';

/** Messages asked for ahead of a reader: at most this many times a batch in memory for each. */
const AHEAD_MESSAGES = 8;
/** Also how long the client waits before it looks again for a consumer that a restarted server has forgotten. */
const PULL_MS = 2_000;
const APPEND_TIMEOUT_MS = 5_000;

export interface ReadRequest {
  readonly org: string;
  readonly task: string;
  /** Only this one's. */
  readonly generation?: number;
  readonly after?: Cursor;
  /** Goes on when there is nothing more, until `signal`. */
  readonly live: boolean;
  readonly signal: AbortSignal;
}

export interface Read {
  readonly pieces: readonly OutputPiece[];
  /** Where in the stream they lie: everything up to there has been read. */
  readonly seq: number;
}

export class OutputStream {
  readonly #places: Places;

  constructor(
    private readonly js: JetStreamClient,
    private readonly jsm: JetStreamManager,
    private readonly stream: string,
    private readonly prefix: string,
  ) {
    this.#places = new Places(js, stream, prefix);
  }

  /** Rejects when it is not known to be stored; the same batch may then be given again. */
  async append({ org, task, generation }: Attempt, { id, pieces }: OutputBatch): Promise<void> {
    const head = headers();
    head.set(LAST_HEADER, String(pieces.at(-1)?.outputSeq));
    const subject = subjectOf(this.prefix, org, task, generation);
    await this.js.publish(subject, encodePieces(pieces), { headers: head, msgID: id, timeout: APPEND_TIMEOUT_MS });
  }

  /** The newest number of an attempt, 0 for none. */
  async last({ org, task, generation }: Attempt): Promise<number> {
    const subject = subjectOf(this.prefix, org, task, generation);
    const message = await this.jsm.streams.getMessage(this.stream, { last_by_subj: subject });
    return Number(message?.header.get(LAST_HEADER) ?? 0);
  }

  /** Where the newest output of the task, or of that attempt, lies in the stream, 0 when there is none. */
  async end(org: string, task: string, generation?: number): Promise<number> {
    const subject = subjectOf(this.prefix, org, task, generation ?? '*');
    const message = await this.jsm.streams.getMessage(this.stream, { last_by_subj: subject });
    return message?.seq ?? 0;
  }

  /** Pieces in the order they came, none twice; first where the reading begins, with no pieces. Ends where the stream ended when it was read, or with `signal`. */
  async *read(request: ReadRequest): AsyncGenerator<Read, void, undefined> {
    const { org, task, generation, after } = request;
    const start = after === undefined ? 1 : await this.#places.find(org, task, after);
    const read = new Map(after === undefined ? [] : [[after.generation, after.outputSeq]]);
    const filter = subjectOf(this.prefix, org, task, generation ?? '*');
    yield { pieces: [], seq: start - 1 };
    for await (const message of this.#messages(filter, start, request)) {
      const from = Number(message.subject.slice(message.subject.lastIndexOf('.') + 1));
      const done = read.get(from) ?? 0;
      const pieces = decodePieces(message.data).filter(({ outputSeq }) => outputSeq > done);
      read.set(from, pieces.at(-1)?.outputSeq ?? done);
      yield { pieces: pieces.map((piece) => shown(from, piece)), seq: message.seq };
    }
  }

  /** Remembers where a reader stopped, so that it goes on from there without searching. */
  remember(org: string, task: string, cursor: Cursor, seq: number): void {
    this.#places.remember(org, task, cursor, seq);
  }

  async *#messages(
    filter: string,
    start: number,
    { live, signal }: Pick<ReadRequest, 'live' | 'signal'>,
  ): AsyncGenerator<JsMsg, void, undefined> {
    if (signal.aborted) return;
    const consumer = await this.js.consumers.get(this.stream, { filter_subjects: filter, opt_start_seq: start });
    try {
      if (!live && (await consumer.info(true)).num_pending === 0) return;
      const messages = await consumer.consume({ max_messages: AHEAD_MESSAGES, expires: PULL_MS });
      const stop = () => messages.stop();
      signal.addEventListener('abort', stop);
      try {
        for await (const message of messages) {
          if (signal.aborted) return;
          const isLast = message.info.pending === 0;
          yield message;
          if (isLast && !live) return;
        }
      } finally {
        signal.removeEventListener('abort', stop);
        messages.stop();
      }
    } finally {
      consumer.delete().catch(() => false);
    }
  }
}

// The stream that keeps output: batches in, and out again in the order they came, from the beginning or behind a cursor.

import type { OutputPiece } from '@agentcom/schemas';
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { headers } from 'nats';
import { consume } from '../jetstream/consume.js';
import { generationOf, outputSubject } from '../jetstream/subjects.js';
import type { OutputBatch } from './output-buffer.js';
import { type OutputNames, Places } from './places.js';
import { type Attempt, type Cursor, decodePieces, encodePieces, LAST_HEADER, shown } from './stored.js';

/** Messages requested ahead of a reader: at most this many times a batch in memory for each. */
const AHEAD_MESSAGES = 8;
const APPEND_TIMEOUT_MS = 5_000;

export interface ReadRequest {
  readonly org: string;
  readonly task: string;
  /** Only this one's. */
  readonly generation?: number;
  readonly after?: Cursor;
  /** Where what comes behind the cursor lies in the stream, if that is known. */
  readonly at?: number;
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
    private readonly names: OutputNames,
  ) {
    this.#places = new Places(js, names);
  }

  /** Rejects when it is not known to be stored; the same batch may then be given again. */
  async append({ org, task, generation }: Attempt, { id, pieces }: OutputBatch): Promise<void> {
    const head = headers();
    head.set(LAST_HEADER, String(pieces.at(-1)?.outputSeq));
    const subject = outputSubject(this.names, org, task, generation);
    await this.js.publish(subject, encodePieces(pieces), { headers: head, msgID: id, timeout: APPEND_TIMEOUT_MS });
  }

  /** The newest number of an attempt, 0 for none. */
  async last({ org, task, generation }: Attempt): Promise<number> {
    const subject = outputSubject(this.names, org, task, generation);
    const message = await this.jsm.streams.getMessage(this.names.output, { last_by_subj: subject });
    return Number(message?.header.get(LAST_HEADER) ?? 0);
  }

  /** Where the newest output of the task, or of that attempt, lies in the stream, 0 when there is none. */
  async end(org: string, task: string, generation?: number): Promise<number> {
    const subject = outputSubject(this.names, org, task, generation ?? '*');
    const message = await this.jsm.streams.getMessage(this.names.output, { last_by_subj: subject });
    return message?.seq ?? 0;
  }

  /** Pieces in the order they came, none twice; first where the reading begins, with no pieces. Ends where the stream ended when it was read, or with `signal`. */
  async *read(request: ReadRequest): AsyncGenerator<Read, void, undefined> {
    const { org, task, generation, after } = request;
    const start = request.at ?? (after === undefined ? 1 : await this.#places.find(org, task, after));
    const read = new Map(after === undefined ? [] : [[after.generation, after.outputSeq]]);
    const subject = outputSubject(this.names, org, task, generation ?? '*');
    yield { pieces: [], seq: start - 1 };
    const { names, js } = this;
    const { live, signal } = request;
    const messages = consume({
      js,
      stream: names.output,
      from: start,
      subject,
      live,
      signal,
      aheadMessages: AHEAD_MESSAGES,
    });
    for await (const message of messages) {
      const from = generationOf(message.subject);
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
}

// Where a cursor lies in the stream: remembered for readers that turn pages, searched for by the headers alone for the others.

import type { JetStreamClient } from '@nats-io/jetstream';
import { LRUCache } from 'lru-cache';
import { consume } from '../jetstream/consume.js';
import type { ShardNames } from '../jetstream/names.js';
import { outputSubject } from '../jetstream/subjects.js';
import { type Cursor, formatCursor, LAST_HEADER } from './stored.js';

export type OutputNames = Pick<ShardNames, 'output' | 'outputPrefix'>;

const REMEMBERED = 1_000;
const AHEAD_MESSAGES = 256;

export class Places {
  readonly #known = new LRUCache<string, number>({ max: REMEMBERED });

  constructor(
    private readonly js: JetStreamClient,
    private readonly names: OutputNames,
  ) {}

  remember(org: string, task: string, cursor: Cursor, seq: number): void {
    this.#known.set(keyOf(org, task, cursor), seq);
  }

  /** The message with the piece that the cursor names, or where reading must begin when it is not there any more. */
  async find(org: string, task: string, cursor: Cursor): Promise<number> {
    return this.#known.get(keyOf(org, task, cursor)) ?? (await this.#search(org, task, cursor));
  }

  async #search(org: string, task: string, cursor: Cursor): Promise<number> {
    const { js, names } = this;
    const subject = outputSubject(names, org, task, cursor.generation);
    const messages = consume({
      js,
      stream: names.output,
      subject,
      headersOnly: true,
      aheadMessages: AHEAD_MESSAGES,
    });
    let behind = 1;
    for await (const message of messages) {
      if (Number(message.headers?.get(LAST_HEADER)) >= cursor.outputSeq) return message.seq;
      behind = message.seq + 1;
    }
    return behind;
  }
}

function keyOf(org: string, task: string, cursor: Cursor): string {
  return `${org}/${task}/${formatCursor(cursor)}`;
}

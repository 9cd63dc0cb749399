// The two streams as they are written, and messages as they are fetched from them by their place.

import { LIMITS, type Message } from '@agentcom/schemas';
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { messageSubject, type Recipient } from '../jetstream/subjects.js';
import type { Entry } from './inbox.js';
import { decodeMessage, type InboxRecord, type MessageNames, messageHeaders, recordSubject } from './records.js';

/** A publish is tried again with the same id when no answer comes. */
const RETRIES = 3;
const FETCHED_AT_ONCE = 32;
/** Messages of one `channel.history`, together, so that the frame is not too large. */
const HISTORY_BYTES = 192 * 1024;

export interface PageRequest {
  readonly limit?: number;
  /** The last message of the page before. */
  readonly cursor?: string;
}

export interface MessagePage {
  readonly items: Message[];
  readonly nextCursor: string | null;
}

export class MessageStore {
  constructor(
    private readonly js: JetStreamClient,
    private readonly jsm: JetStreamManager,
    private readonly names: MessageNames,
  ) {}

  /** Resolves with its place once the message is durable; rejects when that is not known. */
  async put(org: string, to: Recipient, recipients: readonly string[], message: Message): Promise<number> {
    const subject = messageSubject(this.names, org, to);
    const options = {
      headers: messageHeaders(message, recipients),
      msgID: message.messageId,
      retries: RETRIES,
    };
    return (await this.js.publish(subject, JSON.stringify(message), options)).seq;
  }

  /** The newest record under its subject is the one that counts. */
  async record(record: InboxRecord): Promise<number> {
    const subject = recordSubject(this.names, record);
    return (await this.js.publish(subject, JSON.stringify(record), { retries: RETRIES })).seq;
  }

  async forget(record: InboxRecord): Promise<void> {
    await this.jsm.streams.purge(this.names.inboxes, { filter: recordSubject(this.names, record) });
  }

  /** The place of the oldest message that is still kept. */
  async first(): Promise<number> {
    return (await this.jsm.streams.info(this.names.messages)).state.first_seq;
  }

  /** Null when it is not kept any more. */
  async fetch(seq: number): Promise<Message | null> {
    const stored = await this.jsm.streams.getMessage(this.names.messages, { seq });
    return stored === null ? null : decodeMessage(stored.data);
  }

  /** Those that are still kept, in their order. */
  async fetchAll(entries: readonly Entry[]): Promise<Message[]> {
    const items: Message[] = [];
    for (let from = 0; from < entries.length; from += FETCHED_AT_ONCE) {
      const some = entries.slice(from, from + FETCHED_AT_ONCE).map(({ seq }) => this.fetch(seq));
      for (const message of await Promise.all(some)) if (message !== null) items.push(message);
    }
    return items;
  }

  /** Newest first. `entries` are oldest first. */
  async page(entries: readonly Entry[], { limit, cursor }: PageRequest): Promise<MessagePage> {
    const newest = entries.filter(({ id }) => cursor === undefined || id < cursor).reverse();
    const wanted = newest.slice(0, limit ?? LIMITS.pageItemsDefault);
    const items = await this.fetchAll(wanted);
    return { items, nextCursor: wanted.length < newest.length ? (wanted.at(-1)?.id ?? null) : null };
  }

  /** The newest, oldest of them first, as many as fit in a frame. */
  async history(entries: readonly Entry[], limit: number): Promise<Message[]> {
    const { items } = await this.page(entries, { limit });
    const fitting: Message[] = [];
    let bytes = 0;
    for (const message of items) {
      bytes += Buffer.byteLength(JSON.stringify(message));
      if (bytes > HISTORY_BYTES) break;
      fitting.push(message);
    }
    return fitting.reverse();
  }
}

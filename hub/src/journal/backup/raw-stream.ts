// Whole streams as lines of text, and back: every message with its number, subject, headers and bytes.

import type { JetStreamClient, JetStreamManager, JsMsg } from '@nats-io/jetstream';
import { type MsgHdrs, headers as makeHeaders } from 'nats';
import { consume, readMessage, StreamStalled } from '../../jetstream/consume.js';
import type { BackupWriter } from './backup-file.js';

export interface RawMessage {
  readonly seq: number;
  readonly subject: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly data: Uint8Array;
}

/** Bytes as text where that loses nothing, else as base64. */
interface RawForm {
  readonly seq: number;
  readonly subject: string;
  readonly headers?: Readonly<Record<string, readonly string[]>>;
  readonly text?: string;
  readonly base64?: string;
}

/** Headers that would make the server check or drop the message again instead of just storing it. */
const CHECKING = /^Nats-(Expected-|Msg-Id$)/i;
/** Messages under way while a stream is filled. */
const WINDOW = 64;

/** Writes a section with the stream's messages; subjects lose `prefix`. Throws StreamStalled when some cannot be read. */
export async function copyStream(
  writer: BackupWriter,
  section: string,
  js: JetStreamClient,
  stream: string,
  prefix: string,
  onCopied: () => void,
): Promise<void> {
  await writer.begin(section);
  for await (const message of consume({ js, stream, from: 1 })) {
    await writer.item(rawLine(message, prefix));
    onCopied();
  }
  await writer.end();
}

/** Writes a section with every message that can be read, whatever else is wrong with the stream. */
export async function copyReadable(
  writer: BackupWriter,
  section: string,
  store: { readonly js: JetStreamClient; readonly jsm: JetStreamManager },
  stream: string,
): Promise<void> {
  await writer.begin(section);
  for (let from: number | null = 1; from !== null; ) {
    try {
      for await (const message of consume({ js: store.js, stream, from })) await writer.item(rawLine(message, ''));
      from = null;
    } catch (error) {
      if (!(error instanceof StreamStalled)) throw error;
      from = await nextReadable(store.jsm, stream, error.after + 1);
    }
  }
  await writer.end();
}

/** The first message at or after `from` that can be read, or null. What cannot is taken to be one run, as a damaged block is. */
async function nextReadable(jsm: JetStreamManager, stream: string, from: number): Promise<number | null> {
  const last = (await jsm.streams.info(stream)).state.last_seq;
  const canRead = async (seq: number) => (await readMessage(jsm, stream, seq)) !== null;
  let unreadable = from - 1;
  let readable = from;
  for (let step = 1; !(await canRead(readable)); step *= 2) {
    if (readable >= last) return null;
    unreadable = readable;
    readable = Math.min(last, readable + step);
  }
  while (readable - unreadable > 1) {
    const middle = Math.floor((unreadable + readable) / 2);
    if (await canRead(middle)) readable = middle;
    else unreadable = middle;
  }
  return readable;
}

export function rawLine(message: Pick<JsMsg, 'seq' | 'subject' | 'headers' | 'data'>, prefix: string): string {
  const buffer = Buffer.from(message.data.buffer, message.data.byteOffset, message.data.byteLength);
  const text = buffer.toString();
  const kept = [...(message.headers?.keys() ?? [])].filter((key) => !CHECKING.test(key));
  const form: RawForm = {
    seq: message.seq,
    subject: withoutPrefix(message.subject, prefix),
    ...(kept.length === 0
      ? {}
      : { headers: Object.fromEntries(kept.map((key) => [key, message.headers?.values(key) ?? []])) }),
    ...(Buffer.from(text).equals(buffer) ? { text } : { base64: buffer.toString('base64') }),
  };
  return JSON.stringify(form);
}

export function parseRaw(json: Buffer): RawMessage {
  const form = JSON.parse(json.toString()) as RawForm;
  const data = form.text === undefined ? Buffer.from(form.base64 ?? '', 'base64') : Buffer.from(form.text);
  return { seq: form.seq, subject: form.subject, headers: form.headers ?? {}, data };
}

/** Fills a stream with messages in order, several under way at once. A failure of any shows at the latest in `finish`. */
export class StreamFiller {
  #under: Promise<unknown>[] = [];

  constructor(
    private readonly js: JetStreamClient,
    private readonly prefix: string,
  ) {}

  /** With `lastSequence`, the message is stored directly behind that one or not at all. */
  async add(message: RawMessage, lastSequence?: number): Promise<void> {
    const options = {
      headers: toHeaders(message.headers),
      ...(lastSequence === undefined ? {} : { expect: { lastSequence } }),
    };
    this.#under.push(this.js.publish(this.prefix + message.subject, message.data, options));
    if (this.#under.length >= WINDOW) await this.finish();
  }

  async finish(): Promise<void> {
    await Promise.all(this.#under.splice(0));
  }
}

function toHeaders(record: Readonly<Record<string, readonly string[]>>): MsgHdrs {
  const made = makeHeaders();
  for (const [key, values] of Object.entries(record)) for (const value of values) made.append(key, value);
  return made;
}

function withoutPrefix(subject: string, prefix: string): string {
  if (!subject.startsWith(prefix)) throw new Error(`the stream holds a message under ${subject}`);
  return subject.slice(prefix.length);
}

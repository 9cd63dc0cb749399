// The one way to read a stream, to its end or for as long as it grows. The client's ordered consumer, which this uses, starts over
// behind the last message after a gap and recreates itself when two heartbeats are missed and the server no longer knows it.

import {
  type ConsumerInfo,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nuid } from 'nats';

/** Messages requested ahead of the reader; at the largest batch size this is about 44 MiB, usually far less. */
const AHEAD_MESSAGES = 128;
/** A request's life, ms: the server sends a heartbeat every half of it. */
const PULL_MS = 2_000;
/** Without a message for so long, either the server does not answer or it cannot read its own files. */
const STALL_MS = 2_000;
/** What JetStream calls JSStreamWrongLastMsgIDErrF. */
const WRONG_LAST_MSG_ID = 10_070;

/** Messages are said to be pending behind `after`, and none comes: what a server does with a damaged block of a stream. */
export class StreamStalled extends Error {
  override readonly name = 'StreamStalled';
  constructor(
    stream: string,
    readonly after: number,
  ) {
    super(`stream ${stream} cannot be read after message ${after}: nothing arrived for ${STALL_MS / 1000} s`);
  }
}

export interface ConsumeOptions {
  readonly js: JetStreamClient;
  readonly stream: string;
  /** First sequence wanted; reading starts at the first one there is at or after it. */
  readonly from?: number;
  readonly subject?: string;
  readonly headersOnly?: boolean;
  readonly aheadMessages?: number;
  /** Goes on behind the end, with each message as it is stored. */
  readonly live?: boolean;
  /** Ends the reading, without an error. */
  readonly signal?: AbortSignal;
  /** Called once, when every message that was there at the beginning has been handed out. */
  readonly onCaughtUp?: () => void;
}

/**
 * Hands out every message from `from` on. Unless `live`, it ends where nothing was pending behind a message as it was sent, which is
 * never earlier than what was stored before, and throws StreamStalled when a pending message does not come.
 */
export async function* consume(options: ConsumeOptions): AsyncGenerator<JsMsg, void, undefined> {
  const { js, stream, from = 1, live = false, aheadMessages = AHEAD_MESSAGES, signal } = options;
  if (signal?.aborted === true) return;
  const consumer = await js.consumers.get(stream, {
    opt_start_seq: Math.max(1, from),
    ...(options.subject === undefined ? {} : { filter_subjects: options.subject }),
    ...(options.headersOnly === true ? { headers_only: true } : {}),
  });
  try {
    const info = await consumer.info(true);
    const last = await lastStored(options, info);
    const isEmpty = last === undefined ? info.num_pending === 0 : last < from;
    if (isEmpty) options.onCaughtUp?.();
    if ((isEmpty && !live) || isAborted(signal)) return;
    const messages = await consumer.consume({ max_messages: aheadMessages, expires: PULL_MS });
    const stop = () => messages.stop();
    signal?.addEventListener('abort', stop);
    let after = from - 1;
    /** Since when the next message is waited for; undefined while the reader is busy with one. */
    let waitingSince: number | undefined = performance.now();
    const watchdog = setInterval(() => {
      if (live || waitingSince === undefined || performance.now() - waitingSince <= STALL_MS) return;
      messages.stop(new StreamStalled(stream, after));
    }, STALL_MS / 10);
    let isCaughtUp = isEmpty;
    try {
      for await (const message of messages) {
        if (isAborted(signal)) return;
        after = message.seq;
        waitingSince = undefined;
        const isLast = message.info.pending === 0 && message.seq >= (last ?? 0);
        if (message.seq >= from) yield message;
        if (isLast && !isCaughtUp) {
          isCaughtUp = true;
          options.onCaughtUp?.();
        }
        if (isLast && !live) return;
        waitingSince = performance.now();
      }
    } finally {
      clearInterval(watchdog);
      signal?.removeEventListener('abort', stop);
      messages.stop();
    }
    if (!isAborted(signal)) throw new Error(`stream ${stream} cannot be read: the connection closed`);
  } finally {
    consumer.delete().catch(() => false);
  }
}

/**
 * In a cluster a consumer may be on a server that lags behind the others (seen with 2.10.27): it ends before the stream does, and begins
 * there although it was to begin further on. The sequence of the last message that is wanted, as the leader of the stream knows it; 0 if
 * there is none, undefined without a cluster.
 */
async function lastStored(
  { js, stream, subject = '>' }: ConsumeOptions,
  { cluster }: ConsumerInfo,
): Promise<number | undefined> {
  if (cluster?.name === undefined) return undefined;
  const jsm = await js.jetstreamManager(false);
  await untilApplied(js, await jsm.streams.info(stream));
  return (await jsm.streams.getMessage(stream, { last_by_subj: subject }))?.seq ?? 0;
}

/** The stream with all that was stored before the call. */
export async function appliedInfo(js: JetStreamClient, stream: string): Promise<StreamInfo> {
  const jsm = await js.jetstreamManager(false);
  const info = await jsm.streams.info(stream);
  if (info.cluster?.name === undefined) return info;
  await untilApplied(js, info);
  return jsm.streams.info(stream);
}

/**
 * A leader that was just elected has all of the Raft log, but answers before it has applied it (seen with 2.10.27 on a busy machine). A
 * message that expects another one before it goes through that log, is refused when its turn comes, and leaves nothing in the stream.
 */
async function untilApplied(js: JetStreamClient, { config: { name, subjects } }: StreamInfo): Promise<void> {
  const subject = subjects?.[0]?.replaceAll(/[*>]/g, 'none');
  if (subject === undefined) throw new Error(`stream ${name} takes no messages, so nothing tells whether it is whole`);
  try {
    await js.publish(subject, new Uint8Array(), { expect: { streamName: name, lastMsgID: nuid.next() } });
  } catch (error) {
    if (!(error instanceof JetStreamApiError && error.code === WRONG_LAST_MSG_ID)) throw error;
  }
}

/** Apart, because it changes while the reader waits. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/** The raw bytes stored at `seq`, or null when there is no such message or the server cannot read it. */
export async function readMessage(jsm: JetStreamManager, stream: string, seq: number): Promise<Uint8Array | null> {
  const message = await jsm.streams.getMessage(stream, { seq });
  return message === null ? null : message.data;
}

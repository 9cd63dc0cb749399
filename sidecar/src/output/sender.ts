// Sends one attempt's output to the hub as it comes: batched, paced, with a bounded part of it unacknowledged, and again after a lost
// link or a crash. The run never waits for it: what is too far behind is left out, and said to be.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LogSubject, LogWriter, SidecarFrameOf } from '@agentcom/schemas';
import type { AttemptId } from '../core/attempt.js';
import {
  BATCH_BYTES,
  batchLength,
  framesOf,
  hasRoom,
  isTooFarBehind,
  KEPT_BYTES,
  leftOutMarker,
  type Pace,
  type PaceSettings,
  type Piece,
  paceWaitMs,
  refilled,
  sizeOf,
} from '../core/output-pace.js';
import { type OutputRecord, readOutput } from '../host/output-log.js';
import { bytesBehind, positionBeforeEnd } from '../host/output-position.js';
import { CURSOR_START, type Cursor, type LogPoint, readCursor, type SentBatch, writeCursor } from './cursor.js';
import { Sleep } from './sleep.js';

export interface SenderParts {
  readonly attempt: AttemptId;
  /** The job's directory, with the output log in it. */
  readonly dir: string;
  readonly pace: PaceSettings;
  /** False when there is no link. */
  readonly send: (frame: SidecarFrameOf<'task.output'>) => boolean;
  readonly sent: (bytes: number) => void;
  readonly leftOut: (bytes: number) => void;
  readonly log: LogWriter;
  /** Monotonic, ms. */
  readonly now: () => number;
}

type Frame = Piece & { readonly seq: number };

/** Between two batches, and between looks at a log with nothing new. */
const BATCH_MS = 250;
/** What is not acknowledged for so long is sent again. */
const AGAIN_MS = 10_000;
const AGAIN_MS_MAX = 60_000;
const RETRY_MS = 2_000;

export class OutputSender {
  readonly #parts: SenderParts;
  readonly #sleep = new Sleep();
  #dir: string;
  #cursor: Cursor = CURSOR_START;
  /** Not acknowledged, oldest first. */
  #window: readonly Frame[] = [];
  #pace: Pace;
  #isOnline = false;
  #againAt = Number.POSITIVE_INFINITY;
  #againMs = AGAIN_MS;
  readonly #about: LogSubject;
  #isStopped = false;
  #running: Promise<void> | null = null;
  #drained: (() => void) | null = null;
  /** Who wants to know the end of what is in the log. */
  readonly #enders = new Set<(lastSeq: number) => void>();

  constructor(parts: SenderParts) {
    this.#parts = parts;
    this.#dir = parts.dir;
    const { task, generation } = parts.attempt;
    this.#about = { taskId: task, generation };
    this.#pace = { bytes: parts.pace.burstBytes, at: parts.now() };
  }

  /** The number of the last frame that was made; 0 for none. */
  get lastSeq(): number {
    return this.#cursor.nextSeq - 1;
  }

  start(): void {
    this.#running ??= this.#run().catch((error: unknown) => {
      this.#parts.log.error({ err: error, ...this.#about }, 'the output of this attempt is not sent');
    });
  }

  /** What was not acknowledged over the link before is sent again. */
  linked(): void {
    this.#isOnline = true;
    this.again(0);
  }

  lost(): void {
    this.#isOnline = false;
  }

  /** What is not acknowledged is to be sent again after so many ms. */
  again(inMs: number): void {
    this.#againMs = AGAIN_MS;
    this.#againAt = this.#parts.now() + inMs;
    this.#sleep.shorten(inMs);
  }

  /** Everything up to `seq` has been taken. */
  taken(seq: number): void {
    const left = this.#window.filter((frame) => frame.seq > seq);
    if (left.length === this.#window.length) return;
    this.#window = left;
    this.#againMs = AGAIN_MS;
    this.#againAt = this.#parts.now() + AGAIN_MS;
    this.#sleep.shorten(0);
  }

  /** The number of the last frame, once all that the log has by now was made into frames; null when that takes longer or fails. */
  async end(withinMs: number): Promise<number | null> {
    const late = new Sleep();
    let ender: (lastSeq: number) => void = () => undefined;
    const reached = new Promise<number>((resolve) => {
      ender = resolve;
    });
    this.#enders.add(ender);
    this.#sleep.shorten(0);
    const none = () => null;
    const end = await Promise.race([reached, late.for(withinMs).then(none), Promise.resolve(this.#running).then(none)]);
    this.#enders.delete(ender);
    late.shorten(0);
    return end;
  }

  /** The job's directory was moved. */
  moved(dir: string): void {
    this.#dir = dir;
  }

  /** Sends what there still is, and stops when all of it has been taken, or after so many ms. */
  async finish(withinMs: number): Promise<void> {
    const late = new Sleep();
    await Promise.race([
      new Promise<void>((resolve) => {
        this.#drained = resolve;
        this.#sleep.shorten(0);
      }),
      late.for(withinMs),
    ]);
    late.shorten(0);
    await this.stop();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#drained?.();
    this.#sleep.shorten(0);
    await this.#running;
  }

  async #run(): Promise<void> {
    this.#cursor = await readCursor(this.#dir);
    this.#window = await this.#framesUnacked();
    let hasFailed = false;
    while (!this.#isStopped) {
      let waitMs = RETRY_MS;
      try {
        waitMs = await this.#step();
        hasFailed = false;
      } catch (error) {
        // A job that is over may be forgotten, and its directory moved, while a batch is being written.
        if (!hasFailed && existsSync(this.#dir))
          this.#parts.log.warn({ err: error, ...this.#about }, 'cannot send output; retrying');
        hasFailed = true;
      }
      if (!this.#isStopped) await this.#sleep.for(waitMs);
    }
  }

  /** Sends the next batch, if there is one and it may go. Returns when to come again, ms. */
  async #step(): Promise<number> {
    if (!this.#isOnline) return AGAIN_MS_MAX;
    if (this.#window.length > 0 && this.#parts.now() >= this.#againAt) this.#sendAgain();
    // Who asks later may know of more than is read now.
    const enders = [...this.#enders];
    const log = join(this.#dir, 'output');
    const { at, skip } = this.#cursor.next;
    const behind = await bytesBehind(log, at);
    const read = isTooFarBehind(behind) ? null : await readOutput(log, at, BATCH_BYTES);
    if (read === null || read.omittedBytes > 0) return this.#leaveOut(log, behind + (read?.omittedBytes ?? 0));
    const records = read.records.slice(skip);
    const count = batchLength(records);
    if (count === 0) return this.#idle(enders);
    const frames = framesOf(records.slice(0, count));
    const next = count === records.length ? { at: read.next, skip: 0 } : { at, skip: skip + count };
    return this.#sendBatch(frames, next, (seq) => ({ seq, from: { at, skip }, count }));
  }

  #idle(enders: readonly ((lastSeq: number) => void)[]): number {
    for (const ender of enders) ender(this.lastSeq);
    if (this.#window.length === 0) this.#drained?.();
    return BATCH_MS;
  }

  async #leaveOut(log: string, behind: number): Promise<number> {
    const bytes = Math.max(0, behind - KEPT_BYTES);
    const next = { at: await positionBeforeEnd(log, KEPT_BYTES), skip: 0 };
    const waitMs = await this.#sendBatch([leftOutMarker(bytes)], next, (seq) => ({ seq, leftOut: bytes }));
    if (this.#cursor.next === next) this.#parts.leftOut(bytes);
    return waitMs;
  }

  async #sendBatch(pieces: readonly Piece[], next: LogPoint, batchOf: (seq: number) => SentBatch): Promise<number> {
    const { pace, now } = this.#parts;
    const batch = sizesOf(pieces);
    // An acknowledgement wakes it.
    if (!hasRoom(sizesOf(this.#window), batch))
      return Math.min(Math.max(BATCH_MS, this.#againAt - now()), AGAIN_MS_MAX);
    this.#pace = refilled(this.#pace, pace, now());
    const waitMs = paceWaitMs(this.#pace, pace, batch.bytes);
    if (waitMs > 0) return waitMs;
    const { nextSeq, unacked } = this.#cursor;
    const oldest = this.#window[0]?.seq ?? nextSeq;
    const cursor: Cursor = {
      nextSeq: nextSeq + pieces.length,
      next,
      unacked: [...unacked.filter((_, i) => (unacked[i + 1]?.seq ?? nextSeq) > oldest), batchOf(nextSeq)],
    };
    await writeCursor(this.#dir, cursor);
    this.#cursor = cursor;
    this.#pace = { ...this.#pace, bytes: this.#pace.bytes - batch.bytes };
    if (this.#window.length === 0) this.#againAt = now() + this.#againMs;
    const frames = pieces.map((piece, i) => ({ ...piece, seq: nextSeq + i }));
    this.#window = [...this.#window, ...frames];
    for (const frame of frames) this.#send(frame);
    this.#parts.sent(batch.bytes);
    return this.#enders.size > 0 ? 0 : BATCH_MS;
  }

  #sendAgain(): void {
    for (const frame of this.#window) this.#send(frame);
    this.#againAt = this.#parts.now() + this.#againMs;
    this.#againMs = Math.min(this.#againMs * 2, AGAIN_MS_MAX);
  }

  #send({ seq, stream, data }: Frame): void {
    this.#parts.send({ type: 'task.output', ...this.#parts.attempt, outputSeq: seq, stream, data });
  }

  /** What was sent by a sidecar that died, made again from the log. What the log no longer has is left out. */
  async #framesUnacked(): Promise<readonly Frame[]> {
    const frames: Frame[] = [];
    for (const batch of this.#cursor.unacked) {
      const pieces = 'leftOut' in batch ? [leftOutMarker(batch.leftOut)] : await this.#piecesOf(batch);
      frames.push(...pieces.map((piece, i) => ({ ...piece, seq: batch.seq + i })));
    }
    return frames;
  }

  async #piecesOf({ from, count }: { from: LogPoint; count: number }): Promise<readonly Piece[]> {
    const log = join(this.#dir, 'output');
    const records: OutputRecord[] = [];
    // What was read in one go then, at the end of a segment, may take two now.
    for (let at = from.at; records.length < from.skip + count; ) {
      const read = await readOutput(log, at, BATCH_BYTES);
      if (read.omittedBytes > 0) return [];
      if (read.records.length === 0) break;
      records.push(...read.records);
      at = read.next;
    }
    return framesOf(records.slice(from.skip, from.skip + count));
  }
}

function sizesOf(pieces: readonly Piece[]): { readonly frames: number; readonly bytes: number } {
  return { frames: pieces.length, bytes: pieces.reduce((sum, { data }) => sum + sizeOf(data), 0) };
}

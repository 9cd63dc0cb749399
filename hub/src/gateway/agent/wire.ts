// One WebSocket as frames: bytes in are decoded and validated, frames out leave in order and in one write for each turn, and a peer that does
// not read is let go. It is closed once, and nothing is read after that.

import type { Duplex } from 'node:stream';
import {
  CLOSE_CODES,
  compileFrames,
  decodeJson,
  type HubFrame,
  LIMITS,
  type RefusalBody,
  type RequestId,
  type SidecarFrame,
  sidecarFrames,
} from '@agentcom/schemas';
import type { RawData, WebSocket } from 'ws';
import { filledFrame } from '../../bodies/assignment.js';
import type { Bodies } from '../../bodies/body-writer.js';
import { type Closing, errorFrame, type OutgoingFrame } from '../../core/outputs.js';
import { loopTurn } from '../loop-turn.js';
import type { Rests } from '../rests.js';
import type { HoldReason, SocketHolds } from '../socket-holds.js';
import { textFrames } from './text-frames.js';

/** Between the close frame and the end of the socket, ms. */
const CLOSE_WITHIN_MS = 2_000;

const readFrame = compileFrames(sidecarFrames);

/** What a session hears of its socket. */
export interface WireListener {
  /** Any sign of life. */
  heard(): void;
  /** So many bytes have come, whatever they are. */
  read(bytes: number): void;
  /** A ping or a pong. */
  control(): void;
  /** `bytes` as it came. */
  frame(frame: SidecarFrame, bytes: number): void;
  /** A frame of so many bytes that breaks the protocol; `re` is its id, when it had one. */
  unreadable(refusal: RefusalBody, bytes: number, re?: RequestId): void;
  closed(code: number): void;
}

/** A frame for a sidecar, ready or being fetched; undefined when there is nothing to say after all. */
export type Sendable = OutgoingFrame | Promise<HubFrame | undefined>;

/** A socket as its session uses it. The simulation has one of its own. */
export interface Wire {
  /** Sends frames in the order of the calls; one that has to be fetched first holds up those after it. */
  send(frame: Sendable): void;
  close(closing: Closing): void;
  /** Ends the socket without a word. */
  terminate(): void;
  ping(): void;
  /** Stops reading for this reason, or goes on with it once there is none left. */
  hold(reason: HoldReason, isHeld: boolean): void;
  /** It is not read at present, whoever wanted that. */
  readonly isHeld: boolean;
}

export interface SocketWireParts {
  readonly bodies: Bodies;
  readonly holds: SocketHolds;
  readonly rests: Rests;
  /** Whose agent is at the other end. */
  readonly org: string;
  readonly onFailed: (error: unknown) => void;
  /** The hub failed at a frame, through no fault of the other side. */
  readonly onDefect: (error: unknown) => void;
}

/** A refused frame that took longer than this is followed by a rest of so many times as long, whoever else uses the hub, ms. */
const COSTLY_MS = 1;
const REST_TIMES = 9;
const REST_MS_MAX = 1_000;
/** What a refused frame costs the hub, beside reading it, ms; measured. */
const REFUSED_MS = 0.03;
/** Of one connection: one read can bring hundreds, for which all others would have to wait. */
const FRAMES_A_TURN = 16;
/** A frame that takes milliseconds. */
const LARGE_BYTES = 16 * 1024;
/** For so long after a refusal it is one, ms: nobody waits for frames that are refused. */
const SLOW_MS = 1_000;

export class SocketWire implements Wire {
  readonly #socket: WebSocket;
  /** The connection below. */
  readonly #stream: Duplex;
  readonly #parts: SocketWireParts;
  /** Frames of this turn, which leave in one write. */
  #unsent: string[] = [];
  #unsentChars = 0;
  #isClosing = false;
  /** How many frames were taken up in which turn, and what came in one piece with them and waits for the next. */
  #taken = 0;
  #turn = 0;
  #slowUntil = 0;
  readonly #waiting: (readonly [RawData, boolean])[] = [];
  #onRested: () => void = () => undefined;
  /** Set while nothing is taken up because of what was refused. */
  #resting: NodeJS.Timeout | undefined;
  /** What the newest ping of this turn said. */
  #ping: Buffer | undefined;
  /** Set while a frame that has to be fetched holds up those after it. */
  #outgoing: Promise<void> | undefined;

  constructor(socket: WebSocket, stream: Duplex, parts: SocketWireParts) {
    this.#socket = socket;
    this.#stream = stream;
    this.#parts = parts;
    parts.holds.readBy(stream, socket);
  }

  listen(listener: WireListener): void {
    const takeWaiting = (): void => {
      for (let left = this.#framesATurn(); left > 0 && this.#resting === undefined; left--) {
        const [next] = this.#waiting;
        if (next === undefined || !this.#mayBegin(next[0])) break;
        this.#waiting.shift();
        this.#take(listener, ...next);
      }
      if (this.#waiting.length === 0) return this.hold('turn', false);
      if (this.#resting !== undefined) return;
      const restMs = this.#parts.rests.leftMs(this.#parts.org);
      if (restMs === 0) setImmediate(takeWaiting);
      else this.#restFor(restMs);
    };
    this.#onRested = () => {
      if (this.#waiting.length > 0) takeWaiting();
    };
    this.#socket.on('message', (data, isBinary) => {
      if (this.#mayTake(data)) return this.#take(listener, data, isBinary);
      if (this.#waiting.push([data, isBinary]) > 1) return;
      this.hold('turn', true);
      if (this.#resting === undefined) setImmediate(takeWaiting);
    });
    this.#stream.on('data', (bytes: Buffer) => {
      if (!this.#isClosing) listener.read(bytes.length);
    });
    this.#socket.on('ping', (data) => this.#onPing(listener, data));
    this.#socket.on('pong', () => {
      if (!this.#isClosing) listener.control();
    });
    this.#socket.on('error', (error) => this.#parts.onFailed(error));
    this.#socket.on('close', (code) => {
      for (const [data, isBinary] of this.#waiting.splice(0)) this.#take(listener, data, isBinary);
      this.#isClosing = true;
      clearTimeout(this.#resting);
      listener.closed(code);
    });
  }

  send(frame: Sendable): void {
    if (this.#outgoing === undefined && !(frame instanceof Promise)) {
      const filled = filledFrame(this.#parts.bodies, frame);
      if (!(filled instanceof Promise)) return this.#write(filled);
      return this.#sendLater(filled);
    }
    this.#sendLater(frame instanceof Promise ? frame : filledFrame(this.#parts.bodies, frame));
  }

  close({ code, reason, error }: Closing): void {
    if (this.#isClosing) return;
    if (error !== undefined) this.#write(errorFrame(error));
    this.#flush();
    this.#isClosing = true;
    // The peer's close frame must get through, unless it comes behind a flood.
    if (code !== CLOSE_CODES.tooManyViolations) this.#parts.holds.free(this.#stream);
    this.#socket.close(code, reason);
    const force = setTimeout(() => this.#socket.terminate(), CLOSE_WITHIN_MS);
    this.#socket.once('close', () => clearTimeout(force));
  }

  terminate(): void {
    this.#socket.terminate();
  }

  ping(): void {
    if (!this.#isClosing) this.#socket.ping();
  }

  hold(reason: HoldReason, isHeld: boolean): void {
    if (!this.#isClosing) this.#parts.holds.set(this.#stream, reason, isHeld);
  }

  get isHeld(): boolean {
    return this.#parts.holds.isHeld(this.#stream);
  }

  #sendLater(frame: HubFrame | Promise<HubFrame | undefined>): void {
    const sent = (this.#outgoing ?? Promise.resolve())
      .then(async () => {
        const ready = await frame;
        if (ready !== undefined) this.#write(ready);
      })
      .catch((error: unknown) => {
        this.#parts.onFailed(error);
        this.close({ code: CLOSE_CODES.hubRestarting, reason: 'a frame could not be sent; reconnect to get it again' });
      })
      .finally(() => {
        if (this.#outgoing === sent) this.#outgoing = undefined;
      });
    this.#outgoing = sent;
  }

  #write(frame: HubFrame): void {
    if (this.#isClosing || this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount + this.#unsentChars > LIMITS.unreadBytes) {
      return this.close({ code: CLOSE_CODES.slowConsumer, reason: 'frames are not being read' });
    }
    if (frame.type === 'error') this.#rest(0);
    const text = JSON.stringify(frame);
    this.#unsentChars += text.length;
    if (this.#unsent.push(text) === 1) process.nextTick(() => this.#flush());
  }

  /** A system call for each turn instead of one for each frame. `ws` holds nothing back that these could overtake: it compresses nothing here. */
  #flush(): void {
    const texts = this.#unsent;
    if (texts.length === 0) return;
    this.#unsent = [];
    this.#unsentChars = 0;
    if (this.#socket.readyState === this.#socket.OPEN) this.#stream.write(textFrames(texts));
  }

  /** A peer that sends pings and reads no pongs is let go like any other that does not read. One pong answers all pings of a turn (RFC 6455, 5.5.3). */
  #onPing(listener: WireListener, data: Buffer): void {
    if (this.#isClosing) return;
    listener.control();
    if (this.#ping === undefined) process.nextTick(() => this.#pong());
    this.#ping = data;
  }

  #pong(): void {
    const data = this.#ping;
    this.#ping = undefined;
    if (this.#isClosing) return;
    if (this.#socket.bufferedAmount <= LIMITS.unreadBytes) return this.#socket.pong(data);
    this.close({ code: CLOSE_CODES.slowConsumer, reason: 'frames are not being read' });
  }

  /** What is refused takes others' time, also what took so long, ms: it is followed by a rest. */
  #rest(spentMs: number): void {
    const { rests, org } = this.#parts;
    this.#slowUntil = performance.now() + SLOW_MS;
    rests.spent(org, spentMs + REFUSED_MS, 'refused');
    const ownMs = spentMs < COSTLY_MS ? 0 : Math.min(REST_MS_MAX, REST_TIMES * spentMs);
    const restMs = Math.max(ownMs, rests.leftMs(org));
    if (restMs === 0 || this.#isClosing || this.#resting !== undefined) return;
    this.#restFor(restMs);
  }

  #restFor(ms: number): void {
    const { holds } = this.#parts;
    holds.set(this.#stream, 'cost', true);
    this.#resting = setTimeout(() => {
      this.#resting = undefined;
      holds.set(this.#stream, 'cost', false);
      this.#onRested();
    }, ms);
  }

  #mayTake(data: RawData): boolean {
    const turn = loopTurn();
    if (turn !== this.#turn) this.#taken = 0;
    this.#turn = turn;
    if (this.#resting !== undefined || this.#waiting.length > 0) return false;
    return ++this.#taken <= this.#framesATurn() && this.#mayBegin(data);
  }

  #mayBegin(data: RawData): boolean {
    const { rests, org } = this.#parts;
    return lengthOf(data) <= LARGE_BYTES || rests.mayBeginLarge(org);
  }

  #framesATurn(): number {
    return this.#slowUntil > 0 && performance.now() < this.#slowUntil ? 1 : FRAMES_A_TURN;
  }

  #take(listener: WireListener, data: RawData, isBinary: boolean): void {
    try {
      this.#onMessage(listener, data, isBinary);
    } catch (error) {
      // What fails at one frame ends its connection, and not the hub with those of all others.
      this.#parts.onDefect(error);
      this.close({ code: CLOSE_CODES.hubRestarting, reason: 'the hub failed at a frame; reconnect' });
    }
  }

  #onMessage(listener: WireListener, data: RawData, isBinary: boolean): void {
    if (this.#isClosing) return;
    listener.heard();
    this.#parts.rests.used(this.#parts.org);
    if (isBinary || !(data instanceof Buffer)) {
      return this.close({ code: CLOSE_CODES.protocolError, reason: 'frames are text' });
    }
    const from = performance.now();
    const read = readText(data);
    const spentMs = performance.now() - from;
    if (read.ok) {
      if (data.length > LARGE_BYTES) this.#parts.rests.spent(this.#parts.org, spentMs, 'done');
      return listener.frame(read.frame, data.length);
    }
    this.#rest(spentMs);
    listener.unreadable(read.refusal, data.length, read.re);
  }
}

/** Of a frame in one piece, as `ws` gives it. */
function lengthOf(data: RawData): number {
  return data instanceof Buffer ? data.length : 0;
}

function readText(data: Buffer): ReturnType<typeof readFrame> {
  const decoded = decodeJson(data);
  if (decoded.ok) return readFrame(decoded.value);
  const { details } = decoded;
  return { ok: false, refusal: { code: 'request.invalid', message: 'the frame is not valid JSON', details } };
}

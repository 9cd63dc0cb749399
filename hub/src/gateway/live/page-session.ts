// One live page: what it says is validated and held to limits, each subscription is opened and ended here, and it is let go with its key, its
// session or the hub. It does no I/O.

import {
  CLOSE_CODES,
  catalogueEntry,
  compileFrames,
  decodeJson,
  LIMITS,
  type LiveFrameOf,
  type PageFrame,
  type PageFrameOf,
  pageFrames,
  type RefusalBody,
  type Scheduler,
} from '@agentcom/schemas';
import type { Caller } from '../../access/authenticate.js';
import { type Account, type Limits, tooMany } from '../../access/limits.js';
import { LIVE_ACTIONS, refuse } from '../../access/policy.js';
import type { Closing } from '../../core/outputs.js';
import { Refusal } from '../../core/refusal.js';
import type { LivePage } from '../../live/group.js';
import type { LiveHub } from '../../live/live-hub.js';
import type { HubFacts } from '../../live/source.js';

/** A socket as its page uses it. */
export interface PageWire {
  /** So much waits to be read at the other end that no more is sent. */
  readonly isBehind: boolean;
  send(text: string): void;
  /** What may be sent to one that is behind: bounded, and then the end. */
  close(closing: Closing): void;
  terminate(): void;
  ping(): void;
  /** Stops reading, or goes on with it. */
  hold(isHeld: boolean): void;
}

export interface PageParts {
  readonly live: Pick<LiveHub, 'subscribe' | 'tellHub'>;
  readonly limits: Limits;
  readonly scheduler: Scheduler;
  /** ms; the hub's own time. */
  readonly now: () => number;
  /** The caller may not look at that. */
  readonly onForbidden: (refusal: Refusal) => void;
}

const KIB = 1024;
const PING_EVERY_MS = 20_000;
const PONG_WITHIN_MS = 10_000;
/** The longest that a socket is not read because of its rate, ms. */
const SLOWED_MS_MAX = 5_000;

const readFrame = compileFrames(pageFrames);

export class PageSession implements LivePage {
  hub: HubFacts | undefined;
  readonly #caller: Caller;
  readonly #wire: PageWire;
  readonly #parts: PageParts;
  readonly #account: Account;
  readonly #subscriptions = new Map<number, () => void>();
  #cancelSlowed: () => void = () => undefined;
  #cancelPing: () => void = () => undefined;
  #isOver = false;

  constructor(caller: Caller, wire: PageWire, parts: PageParts) {
    this.#caller = caller;
    this.#wire = wire;
    this.#parts = parts;
    this.#account = parts.limits.accountOf(this.#holder);
    this.#pingLater();
    parts.live.tellHub(this);
  }

  get isBehind(): boolean {
    return this.#wire.isBehind;
  }

  send(text: string): void {
    if (!this.#isOver) this.#wire.send(text);
  }

  refused(id: number, refusal: Refusal): void {
    this.#end(id);
    this.#refuse(refusal, id);
  }

  heard(): void {
    this.#pingLater();
  }

  /** A whole text frame. */
  frame(data: Buffer): void {
    if (this.#isOver) return;
    const now = this.#parts.now();
    this.#slow(this.#account.owe('frames', now).waitMs);
    this.#slow(this.#account.owe('readKib', now, data.length / KIB).waitMs);
    const read = readText(data);
    if (read.ok) return this.#take(read.frame, now);
    const id = typeof read.re === 'number' ? read.re : undefined;
    this.#refuse(read.refusal, id);
    this.#violation();
  }

  close(closing: Closing): void {
    this.#over();
    this.#wire.close(closing);
  }

  closed(): void {
    this.#over();
  }

  get #holder() {
    const { credential: id, org, rateMultiplier: times } = this.#caller;
    return { id, org, times };
  }

  #take(frame: PageFrame, now: number): void {
    if (frame.type === 'unsubscribe') return this.#end(frame.id);
    const taken = this.#parts.limits.take('reads', this.#holder, now);
    if (!taken.ok) {
      this.#end(frame.id);
      return this.#refuse(tooMany('reads', taken.retryAfterMs), frame.id);
    }
    const refusal = this.#subscribe(frame);
    if (refusal !== undefined) this.#refuse(refusal, frame.id);
  }

  #subscribe({ id, view, from }: PageFrameOf<'subscribe'>): Refusal | undefined {
    this.#end(id);
    const forbidden = refuse(this.#caller, LIVE_ACTIONS[view.kind]);
    if (forbidden !== undefined) {
      this.#parts.onForbidden(forbidden);
      return forbidden;
    }
    if (this.#subscriptions.size >= LIMITS.liveSubscriptions) {
      const message = `one socket may have ${LIMITS.liveSubscriptions} subscriptions; end one first`;
      return new Refusal('request.invalid', message, [{ path: '/id', message }]);
    }
    const end = this.#parts.live.subscribe(this, this.#caller, id, view, from);
    if (end instanceof Refusal) return end;
    this.#subscriptions.set(id, end);
    return undefined;
  }

  #end(id: number): void {
    this.#subscriptions.get(id)?.();
    this.#subscriptions.delete(id);
  }

  #refuse({ code, message, details, retryAfterMs }: RefusalBody, id?: number): void {
    const { retryable } = catalogueEntry(code);
    const frame: LiveFrameOf<'error'> = {
      type: 'error',
      ...(id !== undefined && { id }),
      code,
      message,
      retryable,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(details !== undefined && details.length > 0 && { details }),
    };
    this.send(JSON.stringify(frame));
  }

  #violation(): void {
    const { limits, now } = this.#parts;
    if (limits.take('violations', this.#holder, now()).ok) return;
    this.close({ code: CLOSE_CODES.tooManyViolations, reason: 'too many frames were not valid' });
  }

  /** The socket is not read before what it owes is paid back. */
  #slow(waitMs: number): void {
    if (waitMs === 0 || this.#isOver) return;
    this.#wire.hold(true);
    this.#cancelSlowed();
    this.#cancelSlowed = this.#parts.scheduler.after(Math.min(waitMs, SLOWED_MS_MAX), () => this.#wire.hold(false));
  }

  /** One that does not answer is let go. */
  #pingLater(): void {
    this.#cancelPing();
    if (this.#isOver) return;
    const { scheduler } = this.#parts;
    this.#cancelPing = scheduler.after(PING_EVERY_MS, () => {
      this.#wire.ping();
      this.#cancelPing = scheduler.after(PONG_WITHIN_MS, () => this.#wire.terminate());
    });
  }

  #over(): void {
    this.#isOver = true;
    for (const end of this.#subscriptions.values()) end();
    this.#subscriptions.clear();
    this.#cancelSlowed();
    this.#cancelPing();
  }
}

function readText(data: Buffer): ReturnType<typeof readFrame> {
  const decoded = decodeJson(data);
  if (decoded.ok) return readFrame(decoded.value);
  const { details } = decoded;
  return { ok: false, refusal: { code: 'request.invalid', message: 'the frame is not valid JSON', details } };
}

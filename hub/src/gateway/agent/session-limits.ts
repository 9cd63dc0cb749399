// How much one session may send. Everything that is read is paid for; what exceeds the limits is slowed, by not reading the socket, or
// refused, and whoever goes on with what is refused is let go.

import type { Scheduler, SidecarFrame } from '@agentcom/schemas';
import { FRAME_CLASSES } from '../../access/limit-classes.js';
import { type Account, type Holder, type Limits, type Owed, type Rule, tooMany } from '../../access/limits.js';
import type { Refusal } from '../../core/refusal.js';
import type { Wire } from './wire.js';

const KIB = 1024;
/** The longest that a socket is not read because of its rate, ms: less than a ping may stay unanswered. */
const SLOWED_MS_MAX = 5_000;
/** Bytes of a refused frame that count as much as the frame itself. */
const VIOLATION_BYTES = 16 * KIB;
/** What a frame counts that is refused for its rate, of one that breaks the protocol: an agent in a loop is no attack. */
export const RATE_VIOLATION = 0.05;

export interface SessionLimitParts {
  readonly limits: Limits;
  readonly scheduler: Scheduler;
  readonly holder: Holder;
  readonly now: () => number;
  readonly wire: Pick<Wire, 'hold' | 'send'>;
  /** Too much was refused. Told once; nothing more is read. */
  readonly onExceeded: () => void;
}

export class SessionLimits {
  readonly #parts: SessionLimitParts;
  readonly #account: Account;
  #slowedUntil = 0;
  #cancelSlowed: () => void = () => undefined;
  #isOver = false;

  constructor(parts: SessionLimitParts) {
    this.#parts = parts;
    this.#account = parts.limits.accountOf(parts.holder);
  }

  /** Too much was refused, or the session has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  end(): void {
    this.#isOver = true;
    this.#cancelSlowed();
  }

  bytes(count: number): void {
    this.#slow('readKib', this.#account.owe('readKib', this.#parts.now(), count / KIB));
  }

  frame(now: number): void {
    this.#slow('frames', this.#account.owe('frames', now));
  }

  /** No peer needs more pings than frames. */
  control(): void {
    const owed = this.#account.owe('frames', this.#parts.now());
    this.#slow('frames', owed);
    if (owed.waitMs > 0) this.violation(1);
  }

  /** What a frame of this type costs. Reports are slowed, everything else is refused. */
  refuse(type: SidecarFrame['type'], now: number): Refusal | undefined {
    const rule = FRAME_CLASSES[type];
    if (rule === 'reports') {
      this.#slow(rule, this.#account.owe(rule, now));
      return undefined;
    }
    const { limits, holder } = this.#parts;
    const taken = limits.take(rule, holder, now);
    if (!taken.ok) return tooMany(rule, taken.retryAfterMs);
    if (taken.warn) this.#warn(rule, taken.retryAfterMs);
    return undefined;
  }

  unreadable(bytes: number): void {
    this.violation(1 + bytes / VIOLATION_BYTES);
  }

  violation(weight: number): void {
    if (this.#isOver) return;
    const { limits, holder, now, wire, onExceeded } = this.#parts;
    if (limits.take('violations', holder, now(), weight).ok) return;
    this.end();
    wire.hold('banned', true);
    onExceeded();
  }

  /** Its next request of that kind may be refused, or it is slowed for so long. */
  #warn(action: Rule, retryAfterMs: number): void {
    this.#parts.wire.send({ type: 'throttled', action, retryAfterMs });
  }

  /** The socket is not read before what it owes is paid back. */
  #slow(rule: Rule, { warn, waitMs }: Owed): void {
    if (this.#isOver) return;
    if (warn) this.#warn(rule, waitMs);
    if (waitMs === 0) return;
    const { scheduler, now, wire } = this.#parts;
    const forMs = Math.min(waitMs, SLOWED_MS_MAX);
    const until = now() + forMs;
    if (until <= this.#slowedUntil) return;
    this.#slowedUntil = until;
    wire.hold('rate', true);
    this.#cancelSlowed();
    this.#cancelSlowed = scheduler.after(forMs, () => wire.hold('rate', false));
  }
}

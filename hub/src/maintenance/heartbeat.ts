// Calls an address of somebody who notices when the calls stop: `/start` when the hub starts, the plain address once a minute while all is
// well, `/fail` while it is not. A hub that follows calls nothing: the leader does.

import type { Cancel, Scheduler } from '@agentcom/schemas';
import type { LeadershipPhase } from '../coordinator/ports.js';
import { Lifecycle } from '../lifecycle.js';

const EVERY_MS = 60_000;
const LOOK_MS = 5_000;
/** An append and an evaluation must be no older. */
const FRESH_MS = 60_000;

export interface HeartbeatParts {
  readonly url: string;
  readonly scheduler: Scheduler;
  /** Never rejects. */
  readonly call: (url: string) => Promise<void>;
}

/** Times are of the hub's own clock, ms. */
export interface HeartbeatLook {
  readonly phase: LeadershipPhase;
  readonly now: number;
  readonly acknowledgedAt: number | undefined;
  readonly evaluatedAt: number | undefined;
  /** Of the rule Watchdog, which always fires; turned off, nothing is called. */
  readonly watchdog: 'firing' | 'absent' | 'disabled';
}

export class Heartbeat extends Lifecycle {
  readonly #parts: HeartbeatParts;
  /** By the scheduler. */
  #calledAt: number;
  #hasBeenWell = false;
  #see: (() => HeartbeatLook) | undefined;
  #cancel: Cancel = () => undefined;
  #calling: Promise<void> = Promise.resolve();

  constructor(parts: HeartbeatParts) {
    super();
    this.#parts = parts;
    this.#calledAt = parts.scheduler.now();
  }

  override start(): void {
    this.#call('/start');
    this.#lookLater();
  }

  /** Until it is said how to see how the hub is, it still starts. */
  watch(see: () => HeartbeatLook): void {
    this.#see = see;
  }

  /** The hub ends although nobody asked it to. Resolves when that is said. */
  async failed(): Promise<void> {
    this.#call('/fail');
    await this.#calling;
  }

  /** Resolves when no call is under way. */
  protected override async end(): Promise<void> {
    this.#cancel();
    await this.#calling;
  }

  #lookLater(): void {
    this.#cancel = this.#parts.scheduler.after(LOOK_MS, () => {
      if (this.isStopping) return;
      this.#look();
      this.#lookLater();
    });
  }

  #look(): void {
    const look = this.#see?.();
    if (look?.phase === 'following' || look?.watchdog === 'disabled') return;
    const isDue = this.#parts.scheduler.now() - this.#calledAt >= EVERY_MS;
    if (look !== undefined && isWell(look)) {
      if (isDue || !this.#hasBeenWell) this.#call('');
      this.#hasBeenWell = true;
    } else if (isDue) this.#call('/fail');
  }

  /** One after the other: what is said last counts. */
  #call(suffix: '' | '/start' | '/fail'): void {
    const { url, scheduler, call } = this.#parts;
    this.#calledAt = scheduler.now();
    this.#calling = this.#calling.then(() => call(`${url.replace(/\/+$/, '')}${suffix}`));
  }
}

function isWell({ phase, now, acknowledgedAt, evaluatedAt, watchdog }: HeartbeatLook): boolean {
  const isFresh = (at: number | undefined): boolean => at !== undefined && now - at < FRESH_MS;
  return phase === 'leading' && watchdog === 'firing' && isFresh(acknowledgedAt) && isFresh(evaluatedAt);
}

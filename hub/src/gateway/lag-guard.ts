// When the event loop falls behind, whoever sends the most is not read until it has caught up: the work of everybody else comes first.

import type { Socket } from 'node:net';
import type { Scheduler } from '@agentcom/schemas';
import type { SocketHolds } from './socket-holds.js';

const LOOK_EVERY_MS = 50;
/** Beyond this the loop is behind, and below that it has caught up. */
const BEHIND_MS = 50;
const CAUGHT_UP_MS = 20;
/** Of all bytes since the last look: what makes somebody greedy, and what is too little for that. */
const GREEDY_PART = 0.25;
const GREEDY_BYTES = 64 * 1024;
/** A socket that has been held for so long is read again, come what may, ms. */
const HELD_MS_MAX = 2_000;

/** What went over one socket since the last look, in both directions. */
export interface Use<S> {
  readonly socket: S;
  readonly owner: string;
  readonly bytes: number;
}

/** The sockets of those that have more than their part in all that is sent. */
export function greediest<S>(uses: readonly Use<S>[]): S[] {
  const byOwner = new Map<string, number>();
  let all = 0;
  for (const { owner, bytes } of uses) {
    all += bytes;
    byOwner.set(owner, (byOwner.get(owner) ?? 0) + bytes);
  }
  const least = Math.max(GREEDY_BYTES, all * GREEDY_PART);
  return uses.filter(({ owner, bytes }) => bytes > 0 && (byOwner.get(owner) ?? 0) > least).map(({ socket }) => socket);
}

export interface LagGuardParts {
  readonly scheduler: Scheduler;
  readonly holds: SocketHolds;
  /** Every open connection, and whose it is as far as that is known. */
  readonly connections: () => Iterable<readonly [Connection, string]>;
}

type Connection = Pick<Socket, 'bytesRead' | 'bytesWritten' | 'pause' | 'resume'>;

export class LagGuard {
  readonly #parts: LagGuardParts;
  /** At the last look while the loop was behind; undefined while it was not. */
  #bytesBefore: Map<Connection, number> | undefined;
  readonly #held = new Set<Connection>();
  #heldSince = 0;
  #cancel: () => void = () => undefined;

  constructor(parts: LagGuardParts) {
    this.#parts = parts;
  }

  start(): void {
    const dueAt = this.#parts.scheduler.now() + LOOK_EVERY_MS;
    this.#cancel = this.#parts.scheduler.after(LOOK_EVERY_MS, () => {
      this.#look(this.#parts.scheduler.now() - dueAt);
      this.start();
    });
  }

  stop(): void {
    this.#cancel();
    this.#release();
  }

  #look(lagMs: number): void {
    const heldTooLong = this.#held.size > 0 && this.#parts.scheduler.now() - this.#heldSince >= HELD_MS_MAX;
    if (lagMs <= CAUGHT_UP_MS || heldTooLong) {
      this.#release();
      this.#bytesBefore = undefined;
    } else if (lagMs > BEHIND_MS) this.#holdGreediest();
  }

  /** One look at how much was sent does not tell who sends it now, so nobody is held before the second. */
  #holdGreediest(): void {
    const before = this.#bytesBefore;
    const now = new Map<Connection, number>();
    const uses: Use<Connection>[] = [];
    for (const [socket, owner] of this.#parts.connections()) {
      const bytes = socket.bytesRead + socket.bytesWritten;
      now.set(socket, bytes);
      uses.push({ socket, owner, bytes: bytes - (before?.get(socket) ?? (before === undefined ? bytes : 0)) });
    }
    this.#bytesBefore = now;
    if (this.#held.size === 0) this.#heldSince = this.#parts.scheduler.now();
    for (const socket of greediest(uses)) {
      this.#held.add(socket);
      this.#parts.holds.set(socket, 'lag', true);
    }
  }

  #release(): void {
    for (const socket of this.#held) this.#parts.holds.set(socket, 'lag', false);
    this.#held.clear();
  }
}

// Which sockets are not read at present, and why. Several may hold one; it is read again once none does.

/** As `net.Socket` and `WebSocket` are. */
interface Flow {
  pause(): unknown;
  resume(): unknown;
}

export type HoldReason = 'in hand' | 'rate' | 'banned' | 'refusals' | 'lag' | 'cost' | 'turn' | 'pipeline';

export class SocketHolds {
  readonly #reasons = new WeakMap<object, Set<HoldReason>>();
  /** What is stopped in place of a connection: a WebSocket on it reads ahead of itself otherwise. */
  readonly #flows = new WeakMap<object, Flow>();

  /** From now on `connection` is read by `flow`. */
  readBy(connection: object, flow: Flow): void {
    this.#flows.set(connection, flow);
  }

  set(connection: Flow, reason: HoldReason, isHeld: boolean): void {
    const reasons = this.#reasons.get(connection) ?? new Set<HoldReason>();
    const flow = this.#flows.get(connection) ?? connection;
    if (isHeld) {
      this.#reasons.set(connection, reasons.add(reason));
      flow.pause();
    } else if (reasons.delete(reason) && reasons.size === 0) flow.resume();
  }

  /** For any reason unless one is given. */
  isHeld(connection: object, reason?: HoldReason): boolean {
    const reasons = this.#reasons.get(connection);
    return reasons !== undefined && (reason === undefined ? reasons.size > 0 : reasons.has(reason));
  }

  /** After something else may have had it read again: Node's HTTP server does, at the end of a request. */
  renew(connection: Flow): void {
    if (this.isHeld(connection)) (this.#flows.get(connection) ?? connection).pause();
  }

  /** It is read again whatever held it. */
  free(connection: Flow): void {
    const reasons = this.#reasons.get(connection);
    if (reasons === undefined || reasons.size === 0) return;
    reasons.clear();
    (this.#flows.get(connection) ?? connection).resume();
  }
}

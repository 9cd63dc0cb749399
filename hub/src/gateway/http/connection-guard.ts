// Bounds the connections to this hub. Whoever has not shown a key yet shares a small part of them; when that is full the oldest goes, so
// that a flood of silent connections pushes out itself and not those that come to say something.

import type { Server, Socket } from 'node:net';
import { LIMITS } from '@agentcom/schemas';

export interface ConnectionLimits {
  readonly connections: number;
  readonly connectionsPerAddress: number;
  readonly connectionsWithoutKey: number;
}

export class ConnectionGuard {
  readonly #limits: ConnectionLimits;
  readonly #byAddress = new Map<string, number>();
  /** Without a key, the oldest first. */
  readonly #unproven = new Set<Socket>();

  constructor(limits: ConnectionLimits = LIMITS) {
    this.#limits = limits;
  }

  watch(server: Server): void {
    server.maxConnections = this.#limits.connections;
    server.on('connection', (socket) => this.#opened(socket));
  }

  /** A good key came over this connection. */
  proven(socket: Socket): void {
    this.#unproven.delete(socket);
  }

  #opened(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const count = this.#byAddress.get(address) ?? 0;
    if (count >= this.#limits.connectionsPerAddress) return void socket.destroy();
    this.#byAddress.set(address, count + 1);
    this.#unproven.add(socket);
    socket.once('close', () => {
      this.#unproven.delete(socket);
      const left = (this.#byAddress.get(address) ?? 1) - 1;
      if (left > 0) this.#byAddress.set(address, left);
      else this.#byAddress.delete(address);
    });
    for (const oldest of this.#unproven) {
      if (this.#unproven.size <= this.#limits.connectionsWithoutKey) return;
      this.#unproven.delete(oldest);
      oldest.destroy();
    }
  }
}

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
  /** Whose each connection is: of a key, or of an address before it has shown one. */
  readonly #owners = new Map<Socket, string>();
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
  proven(socket: Socket, key: string): void {
    this.#unproven.delete(socket);
    if (this.#owners.has(socket)) this.#owners.set(socket, key);
  }

  /** Every open connection with its owner. */
  connections(): Iterable<readonly [Socket, string]> {
    return this.#owners;
  }

  #opened(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const count = this.#byAddress.get(address) ?? 0;
    if (count >= this.#limits.connectionsPerAddress) return void socket.destroy();
    this.#byAddress.set(address, count + 1);
    this.#unproven.add(socket);
    this.#owners.set(socket, address);
    socket.once('close', () => {
      this.#owners.delete(socket);
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

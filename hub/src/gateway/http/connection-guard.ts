// Bounds the connections to this hub. Whoever has not shown a key yet shares a small part of them; when that is full the oldest goes, so
// that a flood of silent connections pushes out itself and not those that come to say something.

import type { Server, Socket } from 'node:net';
import { LIMITS } from '@agentcom/schemas';
import type { IsProxy } from '../../access/proxies.js';

export interface ConnectionLimits {
  readonly connections: number;
  readonly connectionsPerAddress: number;
  readonly connectionsWithoutKey: number;
}

export class ConnectionGuard {
  readonly #limits: ConnectionLimits;
  readonly #byAddress = new Map<string, number>();
  /**
   * By where they come from, and whose each is: of a key, or of an address before it has shown one. On TLS it is the socket that requests come
   * on: the one below has the same ends, and cannot be paused.
   */
  readonly #owned = new Map<string, readonly [Socket, string]>();
  /** Without a key, by where they come from, the oldest first. */
  readonly #unproven = new Map<string, Socket>();
  readonly #isProxy: IsProxy;

  /** The connections of a proxy are of many callers, so one address may have all of them. */
  constructor(isProxy: IsProxy, limits: ConnectionLimits = LIMITS) {
    this.#isProxy = isProxy;
    this.#limits = limits;
  }

  watch(server: Server): void {
    server.maxConnections = this.#limits.connections;
    server.on('connection', (socket) => this.#opened(socket));
    server.on('secureConnection', (socket: Socket) => this.#secured(socket));
  }

  /** A good key came over this connection. */
  proven(socket: Socket, key: string): void {
    const end = endOf(socket);
    this.#unproven.delete(end);
    if (this.#owned.has(end)) this.#owned.set(end, [socket, key]);
  }

  /** Every open connection with its owner. */
  connections(): Iterable<readonly [Socket, string]> {
    return this.#owned.values();
  }

  #secured(socket: Socket): void {
    const owned = this.#owned.get(endOf(socket));
    if (owned !== undefined) this.#owned.set(endOf(socket), [socket, owned[1]]);
  }

  #opened(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const count = this.#byAddress.get(address) ?? 0;
    if (count >= this.#limits.connectionsPerAddress && !this.#isProxy(address)) return void socket.destroy();
    this.#byAddress.set(address, count + 1);
    const end = endOf(socket);
    this.#unproven.set(end, socket);
    this.#owned.set(end, [socket, address]);
    socket.once('close', () => {
      if (this.#unproven.get(end) === socket) this.#unproven.delete(end);
      this.#owned.delete(end);
      const left = (this.#byAddress.get(address) ?? 1) - 1;
      if (left > 0) this.#byAddress.set(address, left);
      else this.#byAddress.delete(address);
    });
    for (const [oldest, silent] of this.#unproven) {
      if (this.#unproven.size <= this.#limits.connectionsWithoutKey) return;
      this.#unproven.delete(oldest);
      silent.destroy();
    }
  }
}

function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

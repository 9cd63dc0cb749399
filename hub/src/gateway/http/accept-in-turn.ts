// Of the connections that an address opens at once, one is begun in a turn of the event loop. What a client sends right behind its connection is
// parsed in one go, and from many connections it would all be parsed before anybody else is served.

import type { Server, Socket } from 'node:net';
import { addressGroup } from '../../access/address-group.js';

type Listener = (socket: Socket) => void;

/** Has whatever listens for the connections of `server` so far get them in turn. */
export function acceptInTurn(server: Server): void {
  const take = server.listeners('connection') as Listener[];
  /** By address, of those that have begun one in this turn: the oldest first. */
  const waiting = new Map<string, Socket[]>();
  const begin = (socket: Socket): void => {
    for (const listener of take) listener.call(server, socket);
  };
  const endTurn = (): void => {
    for (const [address, sockets] of waiting) {
      const next = sockets.shift();
      if (next === undefined) waiting.delete(address);
      else if (!next.destroyed) begin(next);
    }
    if (waiting.size > 0) setImmediate(endTurn);
  };
  const onConnection: Listener = (socket) => {
    const address = addressGroup(socket.remoteAddress ?? '');
    const before = waiting.get(address);
    if (before !== undefined) {
      // One that breaks off before its turn has nobody else to hear of it.
      socket.on('error', () => undefined);
      before.push(socket);
      return;
    }
    if (waiting.size === 0) setImmediate(endTurn);
    waiting.set(address, []);
    begin(socket);
  };
  server.removeAllListeners('connection').on('connection', onConnection);
}

// The doors of the hub's sockets: each has its path, and decides about whoever asks to have a connection become one.

import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Refusal } from '../core/refusal.js';
import { isForWebSocket } from './http/other-protocols.js';
import { endWithProblem } from './http/problem.js';

export interface Door {
  readonly path: string;
  /** Lets the connection in or answers it. */
  readonly take: (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;
}

/** What asks for no path that there is, the first door refuses. `onDefect`: the hub failed at a connection. Returns a function that closes the doors. */
export function serveDoors(
  server: Server,
  doors: readonly [Door, ...Door[]],
  onDefect: (error: unknown) => void,
): () => void {
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (!isForWebSocket(request)) return;
    socket.on('error', () => socket.destroy());
    const path = request.url?.split('?')[0];
    const door = doors.find((one) => one.path === path) ?? doors[0];
    door.take(request, socket, head).catch((error: unknown) => {
      onDefect(error);
      endWithProblem(socket, new Refusal('hub.internal', 'the hub failed to handle this connection; retry'));
    });
  };
  server.on('upgrade', onUpgrade);
  return () => server.off('upgrade', onUpgrade);
}

// Requests that a client sends over one connection without waiting for answers are taken one at a time, each in a turn of its own: the answers
// go out in that order anyway, and in between others are served. Until then a request costs no more than parsing it, and no more are read.

import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { SocketHolds } from '../socket-holds.js';

/** A connection is not read while so many of its requests wait; what came along with these is parsed all the same. */
const READ_AHEAD = 4;
/** Of all connections together; whoever sends more is disconnected. About 2 KiB each. */
const WAITING_MAX = 16_384;

/** Has whatever listens for the requests of `server` get each one when the one before it over the same connection has been answered. */
export function takeInTurn(server: Server, holds: SocketHolds, waitingMax = WAITING_MAX): void {
  const take = server.listeners('request') as RequestListener[];
  /** By connection with a request in hand, those behind it. */
  const behind = new Map<Socket, (() => void)[]>();
  let waiting = 0;
  const next = (socket: Socket): void => {
    const queue = behind.get(socket);
    const begin = queue?.shift();
    if (queue === undefined || begin === undefined) return void behind.delete(socket);
    waiting--;
    if (queue.length < READ_AHEAD) holds.set(socket, 'pipeline', false);
    begin();
  };
  const forget = (socket: Socket): void => {
    waiting -= behind.get(socket)?.length ?? 0;
    behind.delete(socket);
  };
  const onRequest = (
    request: IncomingMessage,
    response: ServerResponse<IncomingMessage> & { req: IncomingMessage },
  ) => {
    const { socket } = request;
    if (socket.destroyed) return;
    const begin = (): void => {
      response.once('close', () => setImmediate(next, socket));
      for (const listener of take) listener(request, response);
    };
    const queue = behind.get(socket);
    if (queue === undefined) {
      behind.set(socket, []);
      return begin();
    }
    if (queue.length === 0) socket.once('close', () => forget(socket));
    queue.push(begin);
    waiting++;
    if (queue.length === READ_AHEAD) holds.set(socket, 'pipeline', true);
    if (waiting > waitingMax) socket.destroy();
  };
  server.removeAllListeners('request').on('request', onRequest);
}

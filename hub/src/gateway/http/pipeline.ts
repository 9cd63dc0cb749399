// Requests that a client sends over one connection without waiting for answers are taken one at a time, each in a turn of its own: the answers
// go out in that order anyway, and in between others are served. Until then a request costs no more than parsing it.

import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Has whatever listens for the requests of `server` get each one when the one before it over the same connection has been answered. */
export function takeInTurn(server: Server): void {
  const take = server.listeners('request') as RequestListener[];
  const last = new WeakMap<Socket, Promise<void>>();
  const onRequest = (
    request: IncomingMessage,
    response: ServerResponse<IncomingMessage> & { req: IncomingMessage },
  ) => {
    const { socket } = request;
    const before = last.get(socket);
    const done = new Promise<void>((resolve) => {
      response.once('close', () => {
        if (last.get(socket) === done) last.delete(socket);
        setImmediate(resolve);
      });
    });
    last.set(socket, done);
    const begin = (): void => {
      for (const listener of take) listener(request, response);
    };
    if (before === undefined) begin();
    else void before.then(begin);
  };
  server.removeAllListeners('request').on('request', onRequest);
}

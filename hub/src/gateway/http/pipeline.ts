// Requests that a client sends over one connection without waiting for answers are taken one at a time, each in a turn of its own: the answers
// go out in that order anyway, and in between others are served.

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export class Pipeline {
  readonly #last = new WeakMap<Socket, Promise<void>>();

  /** Resolves when the request before has been answered; undefined when there is none. */
  turn(socket: Socket, response: ServerResponse): Promise<void> | undefined {
    const before = this.#last.get(socket);
    const done = new Promise<void>((resolve) => {
      response.once('close', () => {
        if (this.#last.get(socket) === done) this.#last.delete(socket);
        setImmediate(resolve);
      });
    });
    this.#last.set(socket, done);
    return before;
  }
}

// The sockets of open pages, run as a process of its own that gives way to everything else: it asks for what pages ask for, and does not look at
// what comes.

import { once } from 'node:events';
import { setPriority } from 'node:os';
import { LIVE_SUBPROTOCOL, type LiveView } from '@agentcom/schemas';
import { WebSocket } from 'ws';
import { takeOrders } from './agents.js';

const LOWEST_PRIORITY = 19;

let sockets: WebSocket[] = [];
let frames = 0;
let bytes = 0;

const orders = {
  /** One socket for each page; a page that looks at nothing has no views. */
  async open({ url, key, pages }: Opening): Promise<void> {
    const headers = { authorization: `Bearer ${key}` };
    frames = 0;
    bytes = 0;
    for (const views of pages) {
      const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws/live`, LIVE_SUBPROTOCOL, { headers });
      sockets.push(socket);
      socket.on('message', (data: Buffer) => {
        frames++;
        bytes += data.length;
      });
      await once(socket, 'open');
      for (const [id, view] of views.entries()) socket.send(JSON.stringify({ type: 'subscribe', id, view }));
    }
  },

  /** Closes them; answers with what has come. */
  async close(_: null): Promise<{ readonly frames: number; readonly bytes: number }> {
    await Promise.all(
      sockets.map(async (socket) => {
        const closed = once(socket, 'close');
        socket.close();
        await closed;
      }),
    );
    sockets = [];
    return { frames, bytes };
  },
};
export type PageLoad = typeof orders;

interface Opening {
  readonly url: string;
  readonly key: string;
  readonly pages: readonly (readonly LiveView[])[];
}

setPriority(LOWEST_PRIORITY);
takeOrders(orders);

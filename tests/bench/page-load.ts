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
  /** One socket for each page, whose views have come once this is done; a page that looks at nothing has none. */
  async open({ url, key, pages }: Opening): Promise<void> {
    const headers = { authorization: `Bearer ${key}` };
    const shown: Promise<void>[] = [];
    for (const views of pages) {
      const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws/live`, LIVE_SUBPROTOCOL, { headers });
      sockets.push(socket);
      socket.on('message', (data: Buffer) => {
        frames++;
        bytes += data.length;
      });
      await once(socket, 'open');
      shown.push(allShown(socket, views.length));
      for (const [id, view] of views.entries()) socket.send(JSON.stringify({ type: 'subscribe', id, view }));
    }
    await Promise.all(shown);
    frames = 0;
    bytes = 0;
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

/** Once each of its views has been answered. */
function allShown(socket: WebSocket, views: number): Promise<void> {
  const left = new Set(Array.from({ length: views }, (_, id) => id));
  if (views === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    socket.once('close', () => reject(new Error('the hub closed the socket of a page')));
    socket.on('message', (data: Buffer) => {
      if (left.size === 0) return;
      const { type, id } = JSON.parse(String(data)) as { readonly type: string; readonly id?: number };
      if (type === 'error') reject(new Error(String(data)));
      if (type === 'snapshot' && id !== undefined && left.delete(id) && left.size === 0) resolve();
    });
  });
}

setPriority(LOWEST_PRIORITY);
takeOrders(orders);

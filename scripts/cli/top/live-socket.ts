// The socket of `agentcom top`: opened with the caller's key, through proxies and with the certificates of this machine as every other request.

import { connectionTo } from '@agentcom/schemas/host/network/connect';
import { LIVE_SUBPROTOCOL } from '@agentcom/schemas/limits';
import type { Socket, SocketListener } from '@agentcom/schemas/live-connection';
import WebSocket from 'ws';
import type { World } from '../world.js';

const OPEN_MS = 15_000;
/** A hub that does not answer within that is taken for gone, as behind a network that has broken without a word. */
const ANSWER_MS = 15_000;

/** `hub` is its http:// or https:// address. */
export function openLive(hub: string, key: string, env: World['env'], listener: SocketListener): Socket {
  const address = `${hub.replace(/^http/, 'ws')}/ws/live`;
  const opening = new AbortController();
  const createConnection = connectionTo(new URL(address), { env, signal: opening.signal });
  const socket = new WebSocket(address, [LIVE_SUBPROTOCOL], {
    ...(createConnection !== undefined && { createConnection: createConnection as never }),
    headers: { authorization: `Bearer ${key}` },
    perMessageDeflate: false,
    handshakeTimeout: OPEN_MS,
    followRedirects: false,
  });
  let isAnswered = true;
  const asking = setInterval(() => {
    if (socket.readyState !== WebSocket.OPEN) return;
    if (!isAnswered) return socket.terminate();
    isAnswered = false;
    socket.ping();
  }, ANSWER_MS);
  socket.on('pong', () => {
    isAnswered = true;
  });
  socket.on('open', () => listener.opened());
  socket.on('message', (data) => listener.heard(data));
  // What went wrong is found by a request; that it has ended is said by `close`.
  socket.on('error', () => undefined);
  socket.on('close', (code) => {
    clearInterval(asking);
    listener.closed(code);
  });
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => {
      opening.abort();
      socket.terminate();
    },
  };
}

// Requests that ask for a protocol which nobody here speaks, such as h2c by `curl --http2`, are answered as if they had not asked (RFC 9110,
// section 7.8). Node hands over their connection in the middle of the request: it is given back with the request put before what follows.

import type { IncomingMessage, Server } from 'node:http';
import { Server as TlsServer } from 'node:https';
import type { Duplex } from 'node:stream';

/** About the connection itself, or the protocol that it was to become. */
const NOT_AGAIN: ReadonlySet<string> = new Set(['connection', 'upgrade', 'http2-settings']);

/** Call it before anything else listens for the connections of `server`. WebSockets are left to whoever listens for them. */
export function ignoreOtherProtocols(server: Server): void {
  const [begin] = server.listeners(server instanceof TlsServer ? 'secureConnection' : 'connection');
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (isForWebSocket(request) && server.listenerCount('upgrade') > 1) return;
    socket.unshift(Buffer.concat([Buffer.from(headOf(request), 'latin1'), head]));
    begin?.call(server, socket);
  });
}

export function isForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

function headOf({ method, url, httpVersion, rawHeaders, headers }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (!NOT_AGAIN.has(rawHeaders[i]?.toLowerCase() ?? '')) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  }
  if (/\bclose\b/i.test(headers.connection ?? '')) lines.push('Connection: close');
  return `${lines.join('\r\n')}\r\n\r\n`;
}

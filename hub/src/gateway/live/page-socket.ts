// The WebSocket of a live page.

import { CLOSE_CODES, LIMITS } from '@agentcom/schemas';
import type { RawData, WebSocket } from 'ws';
import type { Closing } from '../../core/outputs.js';
import type { PageSession, PageWire } from './page-session.js';

/** What may wait to be read before the page counts as behind. */
const BEHIND_BYTES = 256 * 1024;
/** Between the close frame and the end of the socket, ms. */
const CLOSE_WITHIN_MS = 2_000;

export class PageSocket implements PageWire {
  constructor(private readonly socket: WebSocket) {}

  listen(session: PageSession, onFailed: (error: unknown) => void): void {
    this.socket.on('message', (data: RawData, isBinary: boolean) => {
      session.heard();
      if (isBinary || !(data instanceof Buffer))
        return session.close({ code: CLOSE_CODES.protocolError, reason: 'frames are text' });
      try {
        session.frame(data);
      } catch (error) {
        onFailed(error);
        session.close({ code: CLOSE_CODES.hubRestarting, reason: 'the hub failed at a frame; reconnect' });
      }
    });
    this.socket.on('pong', () => session.heard());
    this.socket.on('error', onFailed);
    this.socket.on('close', () => session.closed());
  }

  get isBehind(): boolean {
    return this.socket.bufferedAmount > BEHIND_BYTES;
  }

  send(text: string): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    // Only answers to what a page asks come while it is behind: one that goes on asking and does not read is let go.
    if (this.socket.bufferedAmount > LIMITS.unreadBytes)
      return this.close({ code: CLOSE_CODES.slowConsumer, reason: 'frames are not being read' });
    this.socket.send(text);
  }

  close({ code, reason }: Closing): void {
    this.socket.close(code, reason);
    const force = setTimeout(() => this.socket.terminate(), CLOSE_WITHIN_MS);
    this.socket.once('close', () => clearTimeout(force));
  }

  terminate(): void {
    this.socket.terminate();
  }

  ping(): void {
    if (this.socket.readyState === this.socket.OPEN) this.socket.ping();
  }

  hold(isHeld: boolean): void {
    if (isHeld) this.socket.pause();
    else this.socket.resume();
  }
}

// One WebSocket to the hub: opened with the agent's key, text frames in and out, every end told once.

import type { IncomingMessage } from 'node:http';
import type { SidecarFrame, Tracer } from '@agentcom/schemas';
import { hubFrames } from '@agentcom/schemas/frames';
import { connectionTo } from '@agentcom/schemas/host/network/connect';
import { networkFault } from '@agentcom/schemas/host/network/fault';
import type { Environment } from '@agentcom/schemas/host/network/proxy';
import { strangeAnswer } from '@agentcom/schemas/host/network/strange-answer';
import { decodeJson } from '@agentcom/schemas/json';
import { LIMITS, SUBPROTOCOL } from '@agentcom/schemas/limits';
import { beginRequest } from '@agentcom/schemas/request-span';
import { compileFrames } from '@agentcom/schemas/validate';
import WebSocket from 'ws';
import type { Wire, WireListener } from './wire.js';

const OPEN_MS = 15_000;
/** Of the answer to a refused opening, to see why. */
const PROBLEM_BYTES_MAX = 16 * 1024;
/** What may wait to be sent. A hub that takes nothing for so long is given up. */
const UNSENT_BYTES_MAX = 8 * 1024 * 1024;
const BROKEN = 1006;
const SWITCHED = 101;

/** An unknown field is a newer hub's; an unknown frame is reported and left out. */
const readFrame = compileFrames(hubFrames, 'answer');

export class HubSocket implements Wire {
  readonly #socket: WebSocket;
  readonly #opening = new AbortController();
  #listener: WireListener | null;

  /** `hub` is the http:// or https:// address of the hub; `env` names proxies and certificates. Throws when there is no way. */
  constructor(hub: string, key: string, listener: WireListener, env: Environment, tracer?: Tracer) {
    this.#listener = listener;
    const address = socketAddress(hub);
    const span = beginRequest(tracer, { method: 'GET', url: address, parent: undefined });
    const { signal } = this.#opening;
    const createConnection = connectionTo(new URL(address), { env, signal });
    this.#socket = new WebSocket(address, [SUBPROTOCOL], {
      ...(createConnection !== undefined && { createConnection: createConnection as never }),
      headers: { authorization: `Bearer ${key}`, ...span.headers },
      perMessageDeflate: false,
      handshakeTimeout: OPEN_MS,
      maxPayload: LIMITS.frameBytes,
      followRedirects: false,
    });
    this.#socket.on('open', () => this.#listener?.opened());
    this.#socket.on('ping', () => this.#listener?.heard());
    this.#socket.on('pong', () => this.#listener?.heard());
    this.#socket.on('message', (data, isBinary) => this.#onMessage(data, isBinary));
    this.#socket.on('upgrade', (response) => {
      span.end(SWITCHED);
      // Said here, because what follows is an error like any other.
      if (response.headers['sec-websocket-protocol'] !== SUBPROTOCOL) this.#end((to) => to.foreign());
    });
    this.#socket.on('unexpected-response', (request, response) => {
      span.end(response.statusCode ?? 0);
      void refusalOf(response).then((code) => {
        this.#end((to) => {
          if (code === undefined && (response.statusCode ?? 0) < 500) return to.intercepted(strangeAnswer(response));
          if (code === 'protocol.unsupported_version') return to.foreign();
          return to.turnedAway(response.statusCode ?? 0, retryAfterMs(response), code);
        });
        request.destroy();
      });
    });
    this.#socket.on('error', (error) => {
      span.end('unreachable');
      this.#end((to) => to.closed(BROKEN, reasonOf(error, hub)));
    });
    this.#socket.on('close', (code, reason) => this.#end((to) => to.closed(code, reason.toString('utf8'))));
  }

  send(frame: SidecarFrame): boolean {
    if (this.#socket.readyState !== WebSocket.OPEN) return false;
    if (this.#socket.bufferedAmount > UNSENT_BYTES_MAX) {
      this.#end((to) => to.closed(BROKEN, 'the hub stopped reading'));
      this.#socket.terminate();
      return false;
    }
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  ping(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
  }

  async drop(reason: string): Promise<void> {
    this.#listener = null;
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const gone = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(1000, reason);
    const force = setTimeout(() => this.#socket.terminate(), 1_000);
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#socket.terminate();
    this.#opening.abort();
    await gone;
    clearTimeout(force);
  }

  #onMessage(data: WebSocket.RawData, isBinary: boolean): void {
    this.#listener?.heard();
    if (isBinary || !(data instanceof Buffer)) return this.#listener?.unreadable('it is not text');
    const decoded = decodeJson(data);
    if (!decoded.ok)
      return this.#listener?.unreadable(decoded.details.map(({ message }) => `it ${message}`).join('; '));
    const read = readFrame(decoded.value);
    if (read.ok) return this.#listener?.frame(read.frame);
    const findings = (read.refusal.details ?? []).map(({ path, message }) => `${path} ${message}`);
    this.#listener?.unreadable([read.refusal.message, ...findings].join('; '));
  }

  #end(tell: (listener: WireListener) => void): void {
    const listener = this.#listener;
    this.#listener = null;
    if (listener !== null) tell(listener);
  }
}

function reasonOf(error: Error, hub: string): string {
  const fault = networkFault(error, hub);
  return fault === undefined ? error.message : `${fault.what}. ${fault.remedy}`;
}

function socketAddress(hub: string): string {
  const url = new URL(hub);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/ws/agent`;
  return url.href;
}

function retryAfterMs(response: IncomingMessage): number | undefined {
  const seconds = Number(response.headers['retry-after']);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

/** The code in the body of a refusal; undefined when it is none of a hub's. */
async function refusalOf(response: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > PROBLEM_BYTES_MAX) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  const decoded = decodeJson(Buffer.concat(chunks));
  const { value } = decoded.ok ? decoded : { value: null };
  const code = typeof value === 'object' && value !== null && 'code' in value ? value.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

// One HTTP request and its answer over Node's own client: `fetch` would double the time in which a short command starts, and uses no
// proxy. What a proxy or TLS needs is loaded only for those.

import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request as overHttp } from 'node:http';
import { type Environment, namesProxy } from './proxy.js';

/** A hub bounds its pages far below this. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Ends the request, also while its answer is read. */
  readonly signal: AbortSignal;
  /** Where proxies and certificates are named. */
  readonly env: Environment;
  /** The IP address to connect to instead of what the name resolves to, where no proxy is on the way. */
  readonly address?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Resolves with the head of the answer, redirects included. Rejects with the system's error, or with the reason of `signal`. */
export async function exchange({ method, url, headers, body, signal, env, address }: HttpRequest): Promise<HttpAnswer> {
  const isSecure = /^https:/i.test(url);
  const send = isSecure ? (await import('node:https')).request : overHttp;
  const createConnection =
    isSecure || namesProxy(env) || address !== undefined
      ? (await import('./connect.js')).connectionTo(new URL(url), {
          env,
          signal,
          ...(address !== undefined && { address }),
        })
      : undefined;
  const options = {
    method,
    headers,
    signal,
    ...(createConnection !== undefined && { createConnection: createConnection as never }),
  };
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent: ClientRequest = send(url, options, resolve);
      sent.on('error', reject);
      sent.end(body);
    });
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: reading(answer, signal) };
  } catch (cause) {
    throw signal.aborted ? signal.reason : cause;
  }
}

/** Rejects when it is larger. */
export async function textOf(body: AsyncIterable<Uint8Array>, bytesMax = BODY_BYTES_MAX): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > bytesMax) throw new Error(`the answer is too large (over ${bytesMax / 1024} KiB)`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function* reading(answer: IncomingMessage, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* answer as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw signal.aborted ? signal.reason : cause;
  }
}

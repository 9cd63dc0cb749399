// How a socket to a hub or a forge is opened on a network as it is: through the proxy that the environment names, and with trust in
// the certificates of this machine. Node's own clients take it as their `createConnection`.

import { request as overHttp } from 'node:http';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type SecureContext } from 'node:tls';
import { codeOf } from '../error-code.js';
import { decoded, type Environment, type HttpProxy, ProxyError, plainHost, proxyFor, proxyText } from './proxy.js';
import { isUnknownIssuer, machineTrust } from './trust.js';

export type CreateConnection = (options: unknown, done: (error: Error | null, socket: Duplex) => void) => undefined;

export interface Opening {
  readonly env: Environment;
  /** Ends an opening that is still under way. */
  readonly signal: AbortSignal;
  /** An IP address to connect to instead of what the name resolves to, where no proxy is on the way; certificates are held against the name. */
  readonly address?: string;
}

/** Undefined where an ordinary connection will do. Throws `ProxyError` for a proxy that cannot be used. */
export function connectionTo(target: URL, opening: Opening): CreateConnection | undefined {
  const proxy = proxyFor(target, opening.env);
  if (proxy === undefined && !isSecure(target) && opening.address === undefined) return undefined;
  return (_options, done) => {
    const failed = (error: Error) => done(error, undefined as never);
    open(target, proxy, opening).then((socket) => done(null, socket), failed);
    return undefined;
  };
}

async function open(target: URL, proxy: HttpProxy | undefined, opening: Opening): Promise<Duplex> {
  const way = () => (proxy === undefined ? Promise.resolve(undefined) : tunnel(proxy, target, opening));
  if (!isSecure(target)) return (await way()) ?? plain(target, opening);
  try {
    return await secured(target, await way(), opening);
  } catch (error) {
    // Nothing has been sent by then, so the same connection may be tried with more trust.
    const trust = isUnknownIssuer(error) ? machineTrust(opening.env) : undefined;
    if (trust === undefined) throw error;
    return secured(target, await way(), opening, trust);
  }
}

/** A connection through the proxy to the host and port of `target`, on which nothing has been said yet. */
function tunnel(proxy: HttpProxy, target: URL, opening: Opening): Promise<Socket> {
  const { url } = proxy;
  const authority = `${target.hostname}:${portOf(target)}`;
  return new Promise((resolve, reject) => {
    const asked = overHttp({
      method: 'CONNECT',
      host: plainHost(url.hostname),
      port: portOf(url),
      path: authority,
      headers: { host: authority, ...credentials(url) },
      agent: undefined,
      createConnection: ((_options: unknown, done: (error: Error | null, socket: Duplex) => void) => {
        open(url, undefined, { env: opening.env, signal: opening.signal }).then(
          (socket) => done(null, socket),
          (error: Error) => done(error, undefined as never),
        );
        return undefined;
      }) as never,
      signal: opening.signal,
    });
    asked.on('error', (cause) =>
      reject(opening.signal.aborted ? opening.signal.reason : unreachable(proxy, target, cause)),
    );
    asked.on('connect', ({ statusCode = 0 }, socket, head) => {
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy();
        return reject(refused(proxy, target, statusCode));
      }
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    asked.end();
  });
}

function plain(target: URL, { signal, address = plainHost(target.hostname) }: Opening): Promise<Duplex> {
  return settled(connectTcp({ host: address, port: portOf(target) }), 'connect', signal);
}

function secured(
  target: URL,
  socket: Socket | undefined,
  { signal, address }: Opening,
  trust?: SecureContext,
): Promise<Duplex> {
  const host = plainHost(target.hostname);
  const options = {
    ...(socket === undefined ? { host: address ?? host, port: portOf(target) } : { socket, host }),
    servername: isIP(host) === 0 ? host : '',
    ALPNProtocols: ['http/1.1'],
    ...(trust !== undefined && { secureContext: trust }),
  };
  return settled(connectTls(options), 'secureConnect', signal);
}

function settled(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const abort = () => end(signal.reason);
    const end = (error: unknown) => {
      signal.removeEventListener('abort', abort);
      socket.destroy();
      reject(error as Error);
    };
    socket.once('error', end);
    socket.once(event, () => {
      signal.removeEventListener('abort', abort);
      socket.off('error', end);
      resolve(socket);
    });
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

function isSecure({ protocol }: URL): boolean {
  return protocol === 'https:' || protocol === 'wss:';
}

function portOf(url: URL): number {
  return Number(url.port || (isSecure(url) ? 443 : 80));
}

function credentials({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {};
  const pair = Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64');
  return { 'proxy-authorization': `Basic ${pair}` };
}

function unreachable(proxy: HttpProxy, target: URL, cause: Error): ProxyError {
  if (cause instanceof ProxyError) return cause;
  const message = `the proxy ${proxyText(proxy)} cannot be reached: ${codeOf(cause) ?? cause.message}`;
  return new ProxyError(message, `Correct ${proxy.variable}, or list ${target.hostname} in NO_PROXY.`, true, cause);
}

function refused(proxy: HttpProxy, target: URL, status: number): ProxyError {
  const { url, variable } = proxy;
  const name = `the proxy ${proxyText(proxy)}`;
  if (status === 407) {
    const what = url.username === '' ? 'asks for a user name and password' : 'rejected the user name and password';
    return new ProxyError(
      `${name} ${what}`,
      `Put the right ones in ${variable}: http://USER:PASSWORD@HOST:PORT.`,
      false,
    );
  }
  const authority = `${target.hostname}:${portOf(target)}`;
  return status >= 500
    ? new ProxyError(
        `${name} could not connect to ${authority} (HTTP ${status})`,
        `Check that the proxy reaches ${target.hostname}, or list it in NO_PROXY.`,
        true,
      )
    : new ProxyError(
        `${name} refused to connect to ${authority} (HTTP ${status})`,
        `Allow CONNECT to ${authority} in the proxy (many allow only port 443), or list ${target.hostname} in NO_PROXY.`,
        false,
      );
}

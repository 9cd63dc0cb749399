// The one way out to addresses that people have named: it resolves the name first, refuses what is private, connects to the very address that
// it looked at, follows no redirect, and bounds time and bytes. What it says of a failure names the host and nothing else.

import type { LookupAddress } from 'node:dns';
import { lookup as lookupName } from 'node:dns/promises';
import { isIP, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { beginRequest, matchesPattern, type Tracer } from '@agentcom/schemas';
import { codeOf } from '@agentcom/schemas/host';
import { connectionTo } from '@agentcom/schemas/host/network/connect';
import { networkFault } from '@agentcom/schemas/host/network/fault';
import { exchange, type HttpAnswer } from '@agentcom/schemas/host/network/http-exchange';
import { type Environment, proxyFor } from '@agentcom/schemas/host/network/proxy';
import { machineTrust } from '@agentcom/schemas/host/network/trust';
import { unlessAborted } from '../lifecycle.js';
import { type AddressPolicy, addressPolicy } from './address-policy.js';

/** From the resolution of the name to the end of the answer. */
const TIMEOUT_MS = 10_000;
/** Providers answer with far less; what comes behind is not read. */
const BODY_BYTES_MAX = 64 * 1024;
/** Of one name, those that are tried. */
const ADDRESSES_MAX = 4;
const RETRY_AFTER_MS_MAX = 24 * 3_600_000;
/** Nothing has been said to the address by then, so another one may be tried. */
const UNREACHED = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ETIMEDOUT']);

export interface OutRequest {
  readonly method: 'POST' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** Whether it may go to a private address. */
  readonly allowPrivate?: boolean;
  /** The span it belongs under. */
  readonly traceparent?: string | undefined;
}

export interface OutFailure {
  readonly kind: 'failed';
  readonly why: string;
  /** Whether another try may succeed with nothing changed here. */
  readonly isPassing: boolean;
}

export interface OutAnswer {
  readonly kind: 'answered';
  readonly status: number;
  readonly retryAfterMs?: number;
  /** As much of it as came in time and is not too long. */
  readonly body: string;
}

export interface Dialled {
  readonly kind: 'connected';
  readonly socket: Socket;
  /** Whom TLS on it trusts; undefined for those that Node trusts. */
  readonly trust: SecureContext | undefined;
}

export interface HttpOut {
  /** What one exchange may take. */
  readonly timeoutMs: number;
  /** Never rejects. */
  send(request: OutRequest): Promise<OutAnswer | OutFailure>;
  /** A connection on which nothing has been said, for what is not HTTP; past proxies. Never rejects. */
  dial(host: string, port: number): Promise<Dialled | OutFailure>;
}

export interface HttpOutParts {
  readonly env: Environment;
  /** Ranges that may be called although they are private. */
  readonly allowed: readonly string[];
  /** Patterns of names that may be called through a proxy although they do not resolve here, so that nobody can say where they lead. */
  readonly proxyNames?: readonly string[];
  /** ms since 1970. */
  readonly now: () => number;
  readonly timeoutMs?: number;
  /** Undefined while traces are off. */
  readonly tracer?: Tracer | undefined;
  readonly lookup?: (host: string) => Promise<readonly LookupAddress[]>;
}

export class GuardedHttp implements HttpOut {
  readonly timeoutMs: number;
  readonly #parts: HttpOutParts;
  readonly #mayCall: AddressPolicy;

  constructor(parts: HttpOutParts) {
    this.#parts = parts;
    this.timeoutMs = parts.timeoutMs ?? TIMEOUT_MS;
    this.#mayCall = addressPolicy(parts.allowed);
  }

  async send(request: OutRequest): Promise<OutAnswer | OutFailure> {
    const target = URL.canParse(request.url) ? new URL(request.url) : undefined;
    if (target === undefined || !['http:', 'https:'].includes(target.protocol)) return lasting('not a web address');
    const { traceparent: parent, ...sent } = request;
    const span = beginRequest(this.#parts.tracer, { ...request, parent });
    const answer = await this.#exchange(target, { ...sent, headers: { ...request.headers, ...span.headers } });
    span.end(answer.kind === 'answered' ? answer.status : 'unreachable');
    return answer;
  }

  #exchange(target: URL, { allowPrivate, ...sent }: OutRequest): Promise<OutAnswer | OutFailure> {
    const { env, now } = this.#parts;
    return this.#within(target, async (signal) => {
      const addresses = await this.#addresses(target, signal, env, allowPrivate);
      if ('kind' in addresses) return addresses;
      const answer = await overAny(addresses, (address) =>
        exchange({ ...sent, signal, env, ...(address !== undefined && { address }) }),
      );
      const retryAfterMs = waitOf(answer, now());
      return {
        kind: 'answered',
        status: answer.status,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
        body: await beginningOf(answer.body),
      };
    });
  }

  async dial(host: string, port: number): Promise<Dialled | OutFailure> {
    const address = `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
    if (!URL.canParse(address)) return lasting('not the name or address of a host');
    const target = new URL(address);
    return this.#within(target, async (signal) => {
      const addresses = await this.#addresses(target, signal, {});
      if ('kind' in addresses) return addresses;
      const trust = machineTrust(this.#parts.env);
      const socket = await overAny(addresses, (address = host) => dialled(target, address, signal));
      return { kind: 'connected', socket, trust };
    });
  }

  async #within<T>(target: URL, work: (signal: AbortSignal) => Promise<T>): Promise<T | OutFailure> {
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(new TimedOut()), this.timeoutMs);
    try {
      return await work(ending.signal);
    } catch (error) {
      return failureOf(error, target);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Of `undefined` alone where a proxy resolves the name: what this machine makes of it is checked all the same. */
  async #addresses(
    target: URL,
    signal: AbortSignal,
    env: Environment,
    allowPrivate = false,
  ): Promise<readonly (string | undefined)[] | OutFailure> {
    const host = target.hostname.replace(/^\[|\]$/g, '');
    const isProxied = proxyFor(target, env) !== undefined;
    const { lookup = lookupAll, proxyNames = [] } = this.#parts;
    const found = await unlessAborted(lookup(host), signal).catch((error: unknown) => {
      if (isProxied && !signal.aborted) return undefined;
      throw error;
    });
    if (found === undefined) {
      const isOpen = allowPrivate || proxyNames.some((name) => matchesPattern(name, host));
      return isOpen ? [undefined] : unresolved(host);
    }
    const open = found.map(({ address }) => address).filter((address) => allowPrivate || this.#mayCall(address));
    if (open.length === 0 && found.length > 0)
      return lasting(
        `${target.host} is a private address, or one of the hub's machine; whoever runs the hub can allow it with notifyPrivateAddresses, or for one webhook with allowPrivate`,
      );
    return isProxied ? [undefined] : open.slice(0, ADDRESSES_MAX);
  }
}

/** It may be one of the proxy's own network. A name may resolve another time. */
function unresolved(host: string): OutFailure {
  const why = `the host name ${host} cannot be resolved here; if only the proxy can, add it to notifyProxyNames of the hub`;
  return { kind: 'failed', why, isPassing: true };
}

class TimedOut extends Error {}

function lookupAll(host: string): Promise<readonly LookupAddress[]> {
  return lookupName(host, { all: true, order: 'ipv4first' });
}

async function overAny<T>(
  addresses: readonly (string | undefined)[],
  attempt: (address: string | undefined) => Promise<T>,
): Promise<T> {
  for (const [i, address] of addresses.entries()) {
    try {
      return await attempt(address);
    } catch (error) {
      if (i === addresses.length - 1 || !UNREACHED.has(codeOf(error) ?? '')) throw error;
    }
  }
  throw Object.assign(new Error('no address'), { code: 'ENOTFOUND' });
}

function dialled(target: URL, address: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const connect = connectionTo(target, { env: {}, signal, address });
    connect?.({}, (error, socket) => (error === null ? resolve(socket as Socket) : reject(error)));
  });
}

/** Whatever the sender of the answer does: it holds up nothing and fills nothing. */
async function beginningOf(body: HttpAnswer['body']): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size >= BODY_BYTES_MAX) break;
    }
  } catch {
    // The status has arrived, and says more than the end of the text would.
  }
  return Buffer.concat(chunks).subarray(0, BODY_BYTES_MAX).toString('utf8');
}

/** Seconds, or a date. */
function waitOf({ headers }: HttpAnswer, now: number): number | undefined {
  const text = headers['retry-after'];
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), RETRY_AFTER_MS_MAX);
}

function lasting(why: string): OutFailure {
  return { kind: 'failed', why, isPassing: false };
}

/** The message of an error may hold the whole address, and that a token: only what is known to be safe is shown. */
function failureOf(error: unknown, target: URL): OutFailure {
  if (error instanceof TimedOut)
    return { kind: 'failed', why: `${target.host} does not answer in time`, isPassing: true };
  const known = networkFault(error, target.href)?.what;
  // A certificate that has expired is renewed one day: nothing of it is for good.
  return {
    kind: 'failed',
    why: known ?? `${target.host} cannot be reached (${codeOf(error) ?? 'unknown error'})`,
    isPassing: true,
  };
}

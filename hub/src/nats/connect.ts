// The hub's connection to NATS: where to and as whom, kept up for ever, and told about when it breaks.

import { readBounded } from '@agentcom/schemas/host';
import { connect, credsAuthenticator, type NatsConnection, type NodeConnectionOptions, nkeyAuthenticator } from 'nats';
import { requireVersion } from './version.js';

const PING_INTERVAL_MS = 10_000;
const RECONNECT_MS = 250;
const DIAL_TIMEOUT_MS = 5_000;
/** A full batch of the journal, in bytes, with room. */
const PAYLOAD_BYTES_MIN = 4 * 1024 * 1024;

export type NatsCredentials =
  | { readonly user: string; readonly password: string }
  | { readonly token: string }
  /** The content of a `.creds` file. */
  | { readonly creds: string }
  | { readonly nkeySeed: string };

export type NatsStatus =
  | { readonly kind: 'disconnected' }
  /** Perhaps to another process of the server than before, so whatever was read from it must be checked again. */
  | { readonly kind: 'reconnected' }
  /** An error that the server sent, such as a missing permission. */
  | { readonly kind: 'error'; readonly error: Error }
  /** For good: by `close()`, or for a credential that is no longer accepted. */
  | { readonly kind: 'closed'; readonly error: Error | null };

export interface NatsTarget {
  /** One or several addresses, separated by commas; a user and password, or a token, may stand in the first. */
  readonly url: string;
  /** Instead of those in the URL. */
  readonly credentials?: NatsCredentials;
  /** Shown by the server for this connection. */
  readonly name: string;
  readonly inboxPrefix?: string;
  readonly onStatus?: (status: NatsStatus) => void;
  /** Ends the wait for a server that is not there yet. */
  readonly signal?: AbortSignal;
}

export class NatsUnsuitable extends Error {
  override readonly name = 'NatsUnsuitable';
}

/**
 * Waits until a server is there, then reconnects for ever. Rejects when the credential is refused, when `signal` aborts,
 * and with `NatsTooOld` or `NatsUnsuitable` (no JetStream, too small messages) for a server that will not do.
 */
export async function connectNats(target: NatsTarget): Promise<NatsConnection> {
  const { servers, tls, credentials } = parseUrl(target.url);
  let isWaiting = true;
  const nc = await connect({
    servers,
    ...(tls ? { tls: {} } : {}),
    ...authOptions(target.credentials ?? credentials),
    name: target.name,
    ...(target.inboxPrefix === undefined ? {} : { inboxPrefix: target.inboxPrefix }),
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_MS,
    pingInterval: PING_INTERVAL_MS,
    timeout: DIAL_TIMEOUT_MS,
    waitOnFirstConnect: true,
    reconnectToServer: () => {
      if (isWaiting) target.signal?.throwIfAborted();
      return null;
    },
  });
  isWaiting = false;
  try {
    checkServer(nc, redactUrl(target.url));
  } catch (error) {
    await nc.close();
    throw error;
  }
  if (target.onStatus !== undefined) void tellStatus(nc, target.onStatus);
  return nc;
}

/** For another process, which makes a connection of its own to the same servers. */
export type NatsConnectionOptions = Pick<NodeConnectionOptions, 'tls'> & {
  readonly servers: readonly string[];
  readonly user?: string;
  readonly pass?: string;
};

export function connectionOptions(
  url: string,
  credentials?: { readonly user: string; readonly password: string },
): NatsConnectionOptions {
  const { servers, tls } = parseUrl(url);
  return {
    servers,
    ...(tls && { tls: {} }),
    ...(credentials !== undefined && { user: credentials.user, pass: credentials.password }),
  };
}

/** The address without user, password or token, fit for logs and errors. */
export function redactUrl(url: string): string {
  return url
    .split(',')
    .map((part) => part.trim().replace(/^([a-z]+:\/\/)?.*@/i, (_, scheme: string | undefined) => `${scheme ?? ''}***@`))
    .join(',');
}

/** A `.creds` file, an nkey seed, `user:password`, or a token, told apart by their content. Errors name the file, never its content. */
export function readCredentials(path: string): NatsCredentials {
  const text = readBounded(path).toString('utf8').trim();
  if (text === '') throw new NatsUnsuitable(`${path} does not contain a NATS credential`);
  if (text.includes('-----BEGIN NATS USER JWT-----')) return { creds: text };
  if (/\s/.test(text)) throw new NatsUnsuitable(`${path} must hold one line, or be a .creds file`);
  if (/^SU[A-Z2-7]{56}$/.test(text)) return { nkeySeed: text };
  const colon = text.indexOf(':');
  return colon < 0 ? { token: text } : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function parseUrl(url: string): { servers: string[]; tls: boolean; credentials: NatsCredentials | null } {
  const servers: string[] = [];
  let tls = false;
  let credentials: NatsCredentials | null = null;
  for (const part of url.split(',').map((text) => text.trim())) {
    const address = parseAddress(part, url);
    if (address.protocol === 'tls:') tls = true;
    servers.push(address.port === '' ? address.hostname : `${address.hostname}:${address.port}`);
    if (address.username === '' || credentials !== null) continue;
    const user = decodeURIComponent(address.username);
    const password = decodeURIComponent(address.password);
    credentials = password === '' ? { token: user } : { user, password };
  }
  return { servers, tls, credentials };
}

function parseAddress(part: string, whole: string): URL {
  const text = part.includes('://') ? part : `nats://${part}`;
  const address = URL.canParse(text) ? new URL(text) : null;
  if (address !== null && ['nats:', 'tls:'].includes(address.protocol) && address.hostname !== '') return address;
  throw new NatsUnsuitable(`${redactUrl(whole)} is not a NATS address: write nats://HOST:PORT or tls://HOST:PORT`);
}

function authOptions(credentials: NatsCredentials | null): NodeConnectionOptions {
  if (credentials === null) return {};
  if ('user' in credentials) return { user: credentials.user, pass: credentials.password };
  if ('token' in credentials) return { token: credentials.token };
  const bytes = new TextEncoder();
  if ('creds' in credentials) return { authenticator: credsAuthenticator(bytes.encode(credentials.creds)) };
  return { authenticator: nkeyAuthenticator(bytes.encode(credentials.nkeySeed)) };
}

function checkServer(nc: NatsConnection, address: string): void {
  const { info } = nc;
  if (info === undefined) throw new NatsUnsuitable(`the server at ${address} sent no NATS greeting`);
  requireVersion(info.version, address);
  if (info.jetstream !== true) {
    throw new NatsUnsuitable(
      `the server at ${address} runs without JetStream: add a "jetstream" block to its configuration`,
    );
  }
  if (info.max_payload < PAYLOAD_BYTES_MIN) {
    const limit = `messages of at most ${info.max_payload} bytes, but AgentCom needs ${PAYLOAD_BYTES_MIN}`;
    throw new NatsUnsuitable(`the server at ${address} takes ${limit}: set "max_payload: 8MB" in its configuration`);
  }
}

async function tellStatus(nc: NatsConnection, tell: (status: NatsStatus) => void): Promise<void> {
  for await (const status of nc.status()) {
    if (status.type === 'disconnect') tell({ kind: 'disconnected' });
    if (status.type === 'error') tell({ kind: 'error', error: status.error });
    if (status.type === 'reconnect') tell({ kind: 'reconnected' });
  }
  tell({ kind: 'closed', error: (await nc.closed()) ?? null });
}

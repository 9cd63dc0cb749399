// The NATS of a hub: its own nats-server or a given one, and the connection to it for as long as the hub runs.

import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { FsyncMode, HubSettings, Log } from '@agentcom/schemas';
import { codeOf } from '@agentcom/schemas/host';
import { JetStreamApiError, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from 'nats';
import { Lifecycle, unlessAborted } from '../lifecycle.js';
import { connectionOptions, connectNats, type NatsConnectionOptions, type NatsStatus, redactUrl } from './connect.js';
import { readFsync } from './durability.js';
import { Endings, type RecentEndings } from './endings.js';
import { locateServer } from './locate.js';
import { type ManagedServer, type ServerEvent, startManagedServer } from './managed.js';

const SAY_WAITING_MS = 2_000;
const SAY_AGAIN_MS = 10_000;
const DIAL_MS = 2_000;
/** Of nats-server: "JetStream system temporarily unavailable". */
const NO_LEADER = 10_008;
const ASK_AGAIN_MS = 250;

/** `stopped` tells when the server or the connection will not come back by itself. */
export class HubNats extends Lifecycle {
  /** Undefined when the server is not this hub's. */
  readonly server: ManagedServer | undefined;
  readonly nc: NatsConnection;
  /** Whether every acknowledged write is on disk; what cannot be read is unknown. */
  readonly fsync: FsyncMode;
  /** Without credential. */
  readonly url: string;
  /** For processes of their own that work on the same store. */
  readonly connection: NatsConnectionOptions;
  readonly #onSuspect: (() => void)[] = [];
  readonly #endings = new Endings();
  #isConnected = true;

  private constructor(opened: Pick<HubNats, 'server' | 'nc' | 'fsync' | 'url' | 'connection'>) {
    super();
    this.server = opened.server;
    this.nc = opened.nc;
    this.fsync = opened.fsync;
    this.url = opened.url;
    this.connection = opened.connection;
  }

  /** Waits for a server that is not there yet, until `signal`. Rejects with a message that says what to do; nothing is left running then. */
  static async open(settings: HubSettings, log: Log, signal: AbortSignal): Promise<HubNats> {
    const news: Listeners = { status: () => undefined, server: () => undefined };
    const server = settings.nats === undefined ? await ownServer(settings, log, news) : undefined;
    try {
      signal.throwIfAborted();
      const opened = await connect(server, settings, { log, news, signal });
      const nats = new HubNats(opened);
      news.status = (status) => nats.#onStatus(status, log);
      news.server = (event) => nats.#onServer(event);
      return nats;
    } catch (error) {
      await server?.stop();
      throw error;
    }
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** How often its own server ended of late. */
  get endings(): RecentEndings | undefined {
    return this.#endings.recent(performance.now());
  }

  /** Tells when what was read may no longer be what is there: the connection was gone, as it is for each restart of the server. */
  onSuspect(listener: () => void): void {
    this.#onSuspect.push(listener);
  }

  protected override async end(): Promise<void> {
    await this.nc.close();
    await this.server?.stop();
  }

  #onStatus(status: NatsStatus, log: Log): void {
    switch (status.kind) {
      case 'disconnected':
        this.#isConnected = false;
        return log.warn({}, 'NATS is disconnected');
      case 'reconnected':
        this.#isConnected = true;
        log.warn({}, 'NATS is connected again');
        return this.#suspect();
      case 'error':
        return log.warn({ err: status.error }, 'NATS reports an error');
      case 'closed':
        if (status.error !== null) this.fail(status.error);
    }
  }

  #onServer(event: ServerEvent): void {
    if (event.kind === 'exited' && !event.isWanted) this.#endings.note(event.how, performance.now());
    if (event.kind === 'not_started') this.#endings.note(event.error.message, performance.now());
    if (event.kind === 'gave_up') this.fail(event.error);
  }

  #suspect(): void {
    for (const listener of this.#onSuspect) listener();
  }
}

/** What happens before anybody listens needs no telling: nothing has been read by then. */
interface Listeners {
  status: (status: NatsStatus) => void;
  server: (event: ServerEvent) => void;
}

type Credentials = { readonly user: string; readonly password: string };

interface Opening {
  readonly log: Log;
  readonly news: Listeners;
  readonly signal: AbortSignal;
}

async function ownServer(settings: HubSettings, log: Log, news: Listeners): Promise<ManagedServer> {
  const { natsServer } = settings;
  const located = natsServer === undefined ? await locateServer(process.env) : { executable: natsServer };
  const dataDir = join(settings.dataDir, 'nats');
  return startManagedServer({ ...located, dataDir, log, onEvent: (event) => news.server(event) });
}

async function connect(
  server: ManagedServer | undefined,
  settings: HubSettings,
  { log, news, signal }: Opening,
): Promise<Pick<HubNats, 'server' | 'nc' | 'fsync' | 'url' | 'connection'>> {
  const url = server?.url ?? settings.nats ?? '';
  const credentials = server?.credentials ?? givenCredentials(settings);
  let why = () => whyNot(url);
  const say = async () => log.warn({}, `waiting for NATS at ${redactUrl(url)} (${await why()})`);
  let waiting = setTimeout(() => {
    void say();
    waiting = setInterval(say, SAY_AGAIN_MS);
  }, SAY_WAITING_MS);
  try {
    const connecting = connectNats({
      url,
      name: 'agentcom hub',
      signal,
      ...(credentials !== undefined && { credentials }),
      onStatus: (status) => news.status(status),
    });
    const nc = await unlessAborted(connecting, signal, (late) => void late.close());
    why = async () => 'JetStream has no leader there';
    await leaderThere(nc, signal);
    const fsync = server === undefined ? await readFsync(nc) : 'always';
    return { server, nc, fsync, url: redactUrl(url), connection: connectionOptions(url, credentials) };
  } finally {
    clearTimeout(waiting);
  }
}

/** A cluster of which too few servers are there has no leader for JetStream yet, and says so or nothing. */
async function leaderThere(nc: NatsConnection, signal: AbortSignal): Promise<void> {
  try {
    for (;;) {
      const failure = await unlessAborted(jetstreamManager(nc), signal).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failure === undefined) return;
      const isLeaderless = failure instanceof JetStreamApiError && failure.code === NO_LEADER;
      if (!isLeaderless && !(failure instanceof Error && failure.name === 'TimeoutError')) throw failure;
      await delay(ASK_AGAIN_MS, undefined, { signal });
    }
  } catch (error) {
    await nc.close();
    throw signal.aborted ? signal.reason : error;
  }
}

/** Why the first of the addresses takes no connection, in the system's word. */
function whyNot(url: string): Promise<string> {
  const first = url.split(',')[0]?.trim() ?? '';
  const address = first.includes('://') ? first : `nats://${first}`;
  if (!URL.canParse(address)) return Promise.resolve('no address');
  const { hostname, port } = new URL(address);
  return new Promise((resolve) => {
    const socket = connectTcp({ host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || 4222) });
    const end = (why: string) => {
      socket.destroy();
      resolve(why);
    };
    socket.setTimeout(DIAL_MS, () => end('no answer'));
    socket.once('error', (error) => end(codeOf(error) ?? error.message));
    socket.once('connect', () => end('it accepts connections, but does not answer like NATS'));
  });
}

function givenCredentials({ natsUser, natsPassword }: HubSettings): Credentials | undefined {
  return natsUser === undefined ? undefined : { user: natsUser, password: natsPassword ?? '' };
}

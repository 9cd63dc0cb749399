// The nats-server of our own: taken over or started, kept running, and stopped with the hub.

import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { backoffMs, type Log } from '@agentcom/schemas';
import { type Lock, lockDirectory, makePrivateDirectory, writeDurably } from '@agentcom/schemas/host';
import { findLeftover, portOf } from './leftover.js';
import { freePort, isFree } from './port.js';
import { renderServerConfig } from './server-config.js';
import {
  type Credentials,
  type OwnCredentials,
  ownCredentials,
  readText,
  removeRecord,
  type ServerFiles,
  serverFiles,
} from './server-files.js';
import { adopt, end, launch, ServerNotStarted, type ServerProcess, StoreInUse } from './server-process.js';
import { executableVersion, requireVersion } from './version.js';

const START_TIMEOUT_MS = 120_000;
/** With `sync_interval: always` a kill loses nothing; it only leaves more to be read at the next start. */
const STOP_GRACE_MS = 2_000;
const LEFTOVER_TIMEOUT_MS = 30_000;
/** Another program may take a free port before the server does. */
const PORT_ATTEMPTS = 5;

export interface RestartPolicy {
  /** Wait before the first restart; doubled for each further one, up to the cap. */
  readonly baseMs: number;
  readonly capMs: number;
  /** Restarts in a row, without `stableMs` of service in between, before giving up. */
  readonly limit: number;
  readonly stableMs: number;
}

const RESTART: RestartPolicy = { baseMs: 100, capMs: 10_000, limit: 12, stableMs: 60_000 };

export type ServerEvent =
  /** `isWanted`: the hub ended it to start it again. */
  | { readonly kind: 'exited'; readonly pid: number; readonly how: string; readonly isWanted: boolean }
  | { readonly kind: 'not_started'; readonly error: Error }
  /** It serves again, on the same port and store: what was read from it before must be checked again. */
  | { readonly kind: 'restarted'; readonly pid: number }
  /** It will not be started again. */
  | { readonly kind: 'gave_up'; readonly error: Error };

export interface ManagedOptions {
  /** A path, and its version where that is known, as `locateServer` gives them. */
  readonly executable: string;
  readonly version?: string;
  /** The server's own directory, made when missing, mode 0700. */
  readonly dataDir: string;
  /** Without one: the port of last time when it is free, else any free one. */
  readonly port?: number;
  readonly log: Log;
  readonly onEvent?: (event: ServerEvent) => void;
  /** The most that all streams together may hold, bytes. */
  readonly maxStoreBytes?: number;
  readonly startTimeoutMs?: number;
  readonly stopGraceMs?: number;
  readonly leftoverTimeoutMs?: number;
  readonly restart?: RestartPolicy;
}

export interface ManagedServer {
  /** Without credential. */
  readonly url: string;
  readonly credentials: Credentials;
  /** Where the credential lies, mode 0600. */
  readonly credentialsFile: string;
  readonly version: string;
  /** Of the running process, or of the last one. */
  readonly pid: number;
  /** Whether it was already running, left by an earlier hub. */
  readonly adopted: boolean;
  /** Ends the process, which is then started again as after any other end. */
  restart(): void;
  /** Ends the process and gives the directory back. Further calls wait for the same end. */
  stop(): Promise<void>;
}

/**
 * Resolves once the server accepts connections. Rejects with `NatsTooOld`, `NoNatsServer`, `DirectoryInUse` (another hub),
 * `StoreInUse` (a server on the store that is not provably ours) or `ServerNotStarted`, and leaves no process of its own.
 */
export async function startManagedServer(options: ManagedOptions): Promise<ManagedServer> {
  const executable = resolve(options.executable);
  const version = options.version ?? (await executableVersion(executable));
  requireVersion(version, executable);
  await makePrivateDirectory(options.dataDir);
  const directory = realpathSync(options.dataDir);
  const lock = await lockDirectory(directory);
  try {
    const files = serverFiles(directory);
    const setup: Setup = { options, executable, files, credentials: await ownCredentials(files), version, lock };
    const running = (await takeOver(setup)) ?? (await startFirst(setup));
    return new Supervisor(setup, running);
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface Setup {
  readonly options: ManagedOptions;
  readonly executable: string;
  readonly files: ServerFiles;
  readonly credentials: OwnCredentials;
  readonly version: string;
  readonly lock: Lock;
}

interface Running {
  readonly process: ServerProcess;
  readonly port: number;
  readonly adopted: boolean;
}

/** Goes on with a server that would be started just the same; ends any other one of ours. */
async function takeOver(setup: Setup): Promise<Running | null> {
  const { options, executable, files, credentials, version } = setup;
  const { log, leftoverTimeoutMs = LEFTOVER_TIMEOUT_MS, stopGraceMs = STOP_GRACE_MS } = options;
  const leftover = await findLeftover(files, credentials, executable, leftoverTimeoutMs);
  if (leftover === null) return null;
  const { identity, port } = leftover;
  const process = adopt(identity);
  const isSame =
    leftover.executable === executable &&
    leftover.version === version &&
    (options.port === undefined || options.port === port) &&
    readText(files.config) === configFor(setup, port);
  log.warn({ pid: identity.pid, port }, `nats-server of an earlier hub ${isSame ? 'taken over' : 'ended'}`);
  if (isSame) return { process, port, adopted: true };
  await end(process, stopGraceMs);
  return null;
}

async function startFirst(setup: Setup): Promise<Running> {
  const { options, files } = setup;
  if (options.port !== undefined && !(await isFree(options.port))) {
    throw new ServerNotStarted(`port ${options.port} of 127.0.0.1 is in use: choose another for nats-server`);
  }
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await pickPort(attempt === 1 ? portOf(readText(files.config)) : null));
    await writeDurably(files.config, configFor(setup, port));
    try {
      return { process: await start(setup, port, new AbortController().signal), port, adopted: false };
    } catch (error) {
      const isTaken = !(error instanceof StoreInUse) && options.port === undefined && !(await isFree(port));
      if (!isTaken || attempt >= PORT_ATTEMPTS) throw error;
    }
  }
}

async function pickPort(last: number | null): Promise<number> {
  return last !== null && (await isFree(last)) ? last : freePort();
}

function start(setup: Setup, port: number, signal: AbortSignal): Promise<ServerProcess> {
  const { options, executable, files, credentials } = setup;
  return launch({
    executable,
    files,
    credentials,
    port,
    timeoutMs: options.startTimeoutMs ?? START_TIMEOUT_MS,
    signal,
  });
}

function configFor({ options, files, credentials }: Setup, port: number): string {
  return renderServerConfig({
    ...credentials,
    port,
    storeDir: files.store,
    pidFile: files.pid,
    logFile: files.log,
    ...(options.maxStoreBytes === undefined ? {} : { maxStoreBytes: options.maxStoreBytes }),
  });
}

/** Says nothing of the server's health, and goes away when somebody makes room. */
function isDiskFull(failure: Error): boolean {
  const code = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
  return code(failure) === 'ENOSPC' || code(failure.cause) === 'ENOSPC';
}

class Supervisor implements ManagedServer {
  readonly url: string;
  readonly adopted: boolean;
  readonly #setup: Setup;
  readonly #port: number;
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;
  #process: ServerProcess;
  #stopped: Promise<void> | null = null;
  /** Its end was asked for, so it says nothing of its health. */
  #isRestarting = false;

  constructor(setup: Setup, running: Running) {
    this.#setup = setup;
    this.#process = running.process;
    this.#port = running.port;
    this.adopted = running.adopted;
    this.url = `nats://127.0.0.1:${running.port}`;
    this.#watching = this.#watch();
  }

  get credentials(): Credentials {
    const { user, password } = this.#setup.credentials;
    return { user, password };
  }

  get credentialsFile(): string {
    return this.#setup.files.credentials;
  }

  get version(): string {
    return this.#setup.version;
  }

  get pid(): number {
    return this.#process.identity.pid;
  }

  restart(): void {
    if (this.#stopped !== null || this.#isRestarting) return;
    this.#isRestarting = true;
    void end(this.#process, this.#graceMs);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  async #end(): Promise<void> {
    this.#stop.abort();
    await end(this.#process, this.#graceMs);
    await this.#watching;
    removeRecord(this.#setup.files);
    this.#setup.lock.release();
  }

  async #watch(): Promise<void> {
    const { options } = this.#setup;
    const policy = options.restart ?? RESTART;
    const { signal } = this.#stop;
    for (let restarts = 0; ; ) {
      const since = performance.now();
      const how = await this.#process.exited;
      if (signal.aborted) return;
      options.log.error({ pid: this.pid, how }, 'nats-server ended');
      options.onEvent?.({ kind: 'exited', pid: this.pid, how, isWanted: this.#isRestarting });
      if (this.#isRestarting || performance.now() - since >= policy.stableMs) restarts = 0;
      const next = await this.#restart(policy, restarts);
      if (next === null) return;
      restarts = next;
      this.#isRestarting = false;
      options.log.warn({ pid: this.pid }, 'nats-server started again');
      options.onEvent?.({ kind: 'restarted', pid: this.pid });
    }
  }

  /** Tries until it serves again. The number of restarts in a row, or null when stopped or given up. */
  async #restart(policy: RestartPolicy, already: number): Promise<number | null> {
    const { options } = this.#setup;
    const { signal } = this.#stop;
    let failure = new Error('nats-server keeps exiting');
    for (let restarts = already; restarts < policy.limit; restarts++) {
      await delay(backoffMs(policy, restarts + 1), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return null;
      try {
        const started = await start(this.#setup, this.#port, signal);
        if (signal.aborted) return await end(started, this.#graceMs).then(() => null);
        this.#process = started;
        return restarts + 1;
      } catch (error) {
        if (signal.aborted) return null;
        failure = error instanceof Error ? error : new Error(String(error));
        options.log.error({ err: failure }, 'nats-server does not start again');
        options.onEvent?.({ kind: 'not_started', error: failure });
        if (!isDiskFull(failure)) continue;
        restarts--;
        await delay(policy.capMs, undefined, { signal }).catch(() => undefined);
      }
    }
    options.onEvent?.({ kind: 'gave_up', error: failure });
    return null;
  }

  get #graceMs(): number {
    return this.#setup.options.stopGraceMs ?? STOP_GRACE_MS;
  }
}
